package dev.millrace.processor;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;

/// Bytes that have no room in memory, for the time of one task. Nothing here outlives the task:
/// what must not be lost is in the changelog.
///
/// Written one after the other into files of some size, each of which is given back to the system
/// when nothing in it is wanted any more. Where the system allows it, a file has no name from its
/// first moment on, so that a killed process leaves none.
///
/// Not thread-safe.
final class SpillFile implements Closeable {
  /// From here on, a file takes no more.
  private static final int FULL = 32 << 20;

  private static final int SLICE = 64 << 10;

  private static final class Segment {
    private final FileChannel channel;
    private long end;
    private int places;

    private Segment(FileChannel channel) {
      this.channel = channel;
    }
  }

  /// Where some bytes lie.
  static final class Place {
    private final Segment segment;
    private final long start;
    private final int length;

    private Place(Segment segment, long start, int length) {
      this.segment = segment;
      this.start = start;
      this.length = length;
    }
  }

  private final Path folder;
  // The last one is written to.
  private final Deque<Segment> segments = new ArrayDeque<>();

  /// @param folder is made when it is needed
  SpillFile(Path folder) {
    this.folder = folder;
  }

  /// Writes all that a buffer has.
  ///
  /// @throws UncheckedIOException if that fails, naming the folder
  Place put(ByteBuffer bytes) {
    try {
      Segment segment = segments.peekLast();
      if (segment == null || segment.end >= FULL) {
        segment = new Segment(open());
        segments.addLast(segment);
      }
      Place place = new Place(segment, segment.end, bytes.remaining());
      // In slices: for each thread, the JDK keeps a buffer outside the heap of the largest size.
      for (int end = bytes.limit(); bytes.position() < end; ) {
        bytes.limit(Math.min(end, bytes.position() + SLICE));
        segment.end += segment.channel.write(bytes, segment.end);
      }
      segment.places++;
      return place;
    } catch (IOException e) {
      throw failure("write to", e);
    }
  }

  /// Reads bytes back, for the last time.
  ///
  /// @throws UncheckedIOException if that fails, naming the folder
  ByteBuffer take(Place place) {
    Segment segment = place.segment;
    ByteBuffer bytes = ByteBuffer.allocate(place.length);
    try {
      while (bytes.position() < place.length) {
        bytes.limit(Math.min(place.length, bytes.position() + SLICE));
        if (segment.channel.read(bytes, place.start + bytes.position()) < 0) {
          throw new EOFException("a file ends at " + segment.channel.size());
        }
      }
      release(segment);
    } catch (IOException e) {
      throw failure("read from", e);
    }
    return bytes.flip();
  }

  private void release(Segment segment) throws IOException {
    if (--segment.places > 0) {
      return;
    }
    if (segment == segments.peekLast()) {
      segment.channel.truncate(0);
      segment.end = 0;
    } else {
      segments.remove(segment);
      segment.channel.close();
    }
  }

  private FileChannel open() throws IOException {
    Files.createDirectories(folder);
    return FileChannel.open(
        folder.resolve("windows-" + UUID.randomUUID() + ".spill"),
        StandardOpenOption.CREATE_NEW,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE,
        StandardOpenOption.DELETE_ON_CLOSE);
  }

  private UncheckedIOException failure(String what, IOException cause) {
    return new UncheckedIOException(
        "cannot "
            + what
            + " the state folder "
            + folder
            + " what does not fit into memory: "
            + cause.getMessage(),
        cause);
  }

  /// How many files there are now.
  int files() {
    return segments.size();
  }

  /// Gives everything up.
  @Override
  public void close() {
    for (Segment segment : segments) {
      try {
        segment.channel.close();
      } catch (IOException e) {
        throw failure("close in", e);
      }
    }
    segments.clear();
  }
}
