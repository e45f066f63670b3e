package dev.millrace.processor;

import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.internals.InternalProcessorContext;
import org.apache.kafka.streams.processor.internals.ProcessorNode;
import org.apache.kafka.streams.processor.internals.ProcessorRecordContext;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.internals.CacheFlushListener;
import org.apache.kafka.streams.state.internals.CachedStateStore;

/// State on the heap that is put in order whenever its task commits: what the hook forwards, what
/// it writes to the changelog and what the task has read become one transaction.
///
/// This is the one class that uses Kafka Streams' internals (of 4.3.1). There is no public way to
/// run code inside a commit: a punctuator runs before it, and never when a task is revoked. Streams
/// itself does so for its caches, by [CachedStateStore#flushCache()]. While it is there, it also
/// writes changelog entries without a second copy of the state in a key-value store, and keeps a
/// number in the committed offset's metadata, as Streams does with its own stream time.
abstract class CommitHookStore implements StateStore, CachedStateStore<Object, Object> {
  private final String name;
  private InternalProcessorContext<?, ?> context;
  private ProcessorNode<?, ?, ?, ?> node;
  private Runnable hook;
  private boolean open;

  CommitHookStore(String name) {
    this.name = name;
  }

  /// Takes back an entry of the changelog.
  ///
  /// @param value null where the entry was deleted
  abstract void restore(byte[] key, byte[] value);

  /// Forgets all: the task is gone, or begins anew from its changelog.
  abstract void clear();

  /// Has a processor's method called in each commit of its task. To be called from its `init`.
  final void onCommit(ProcessorContext<?, ?> processor, Runnable method) {
    node = ((InternalProcessorContext<?, ?>) processor).currentNode();
    hook = method;
  }

  /// Writes an entry to the changelog.
  ///
  /// @param value null to delete it
  final void log(byte[] key, byte[] value) {
    context.logChange(
        name,
        Bytes.wrap(key),
        value,
        System.currentTimeMillis(),
        new RecordHeaders(),
        Position.emptyPosition());
  }

  /// A folder of the task's own, which need not exist.
  final Path folder() {
    return context.stateDir().toPath();
  }

  /// Keeps a number with the offsets of the next commit.
  final void keep(String key, long number) {
    context.addProcessorMetadataKeyValue(key, number);
  }

  /// The number that was committed with the offset from which the task goes on.
  final long kept(String key, long absent) {
    Long number = context.processorMetadataForKey(key);
    return number == null ? absent : number;
  }

  @Override
  public final void flushCache() {
    if (hook == null) {
      return;
    }
    // To forward, a processor needs a current node and a record, and in a commit there are none.
    ProcessorNode<?, ?, ?, ?> otherNode = context.currentNode();
    ProcessorRecordContext otherRecord = context.recordContext();
    context.setCurrentNode(node);
    context.setRecordContext(
        new ProcessorRecordContext(System.currentTimeMillis(), -1, -1, null, new RecordHeaders()));
    try {
      hook.run();
    } finally {
      context.setRecordContext(otherRecord);
      context.setCurrentNode(otherNode);
    }
  }

  @Override
  public final void init(StateStoreContext storeContext, StateStore root) {
    clear();
    hook = null;
    context = (InternalProcessorContext<?, ?>) storeContext;
    storeContext.register(root, this::restore);
    open = true;
  }

  @Override
  public final void close() {
    open = false;
    hook = null;
    clear();
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final boolean persistent() {
    return false;
  }

  @Override
  public final boolean isOpen() {
    return open;
  }

  @Override
  public final boolean setFlushListener(
      CacheFlushListener<Object, Object> listener, boolean sendOldValues) {
    return false;
  }

  @Override
  public final void clearCache() {
    // Only for stores that Streams restores behind a cache's back.
  }

  /// Makes a store of this kind for each task.
  abstract static class Builder<S extends CommitHookStore> implements StoreBuilder<S> {
    private final String name;
    private final Map<String, String> changelog;

    /// @param changelog settings of the changelog topic; null for none
    Builder(String name, Map<String, String> changelog) {
      this.name = name;
      this.changelog = changelog;
    }

    @Override
    public final String name() {
      return name;
    }

    @Override
    public final boolean loggingEnabled() {
      return changelog != null;
    }

    @Override
    public final Map<String, String> logConfig() {
      return changelog == null ? Map.of() : changelog;
    }

    @Override
    public final StoreBuilder<S> withCachingEnabled() {
      throw new UnsupportedOperationException();
    }

    @Override
    public final StoreBuilder<S> withCachingDisabled() {
      return this;
    }

    @Override
    public final StoreBuilder<S> withLoggingEnabled(Map<String, String> config) {
      throw new UnsupportedOperationException();
    }

    @Override
    public final StoreBuilder<S> withLoggingDisabled() {
      throw new UnsupportedOperationException();
    }
  }
}
