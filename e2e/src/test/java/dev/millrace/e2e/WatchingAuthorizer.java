package dev.millrace.e2e;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.metadata.authorizer.StandardAuthorizer;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;

/// Kafka's own authorizer, and a record of what it was asked. Kafka makes one by its name, so the
/// record is the class's.
public final class WatchingAuthorizer extends StandardAuthorizer {
  /// What somebody wanted to do.
  record Request(String user, AclOperation operation, ResourceType type, String name) {}

  static final Queue<Request> ALLOWED = new ConcurrentLinkedQueue<>();
  static final Queue<Request> DENIED = new ConcurrentLinkedQueue<>();

  @Override
  public List<AuthorizationResult> authorize(
      AuthorizableRequestContext context, List<Action> actions) {
    List<AuthorizationResult> results = super.authorize(context, actions);
    for (int i = 0; i < actions.size(); i++) {
      Action action = actions.get(i);
      Request request =
          new Request(
              context.principal().getName(),
              action.operation(),
              action.resourcePattern().resourceType(),
              action.resourcePattern().name());
      if (results.get(i) == AuthorizationResult.ALLOWED) {
        ALLOWED.add(request);
      } else if (action.logIfDenied()) {
        // Otherwise Kafka only leaves something out, or goes by another rule.
        DENIED.add(request);
      }
    }
    return results;
  }
}
