package dev.millrace.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.cli.Main;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What must fit together in what is applied, and what Kubernetes would only tell when it runs, or
/// never: what selects nothing, what is named and not there, and options that Millrace refuses.
final class ManifestRules {
  private static final long USER = 10_001;
  private static final Pattern HEAP = Pattern.compile("-Xmx(\\d+)([mg])");

  /// What the launcher gives a command that says nothing else.
  private static final Map<String, String> HEAP_OF_LAUNCHER = Map.of("ingest", "-Xmx256m");

  private final Manifests manifests;
  private final Map<String, Set<String>> secrets = new HashMap<>();
  private final List<String> problems = new ArrayList<>();

  private ManifestRules(Manifests manifests, Manifests secrets) {
    this.manifests = manifests;
    for (Secret secret : secrets.all(Secret.class)) {
      this.secrets.put(secret.getMetadata().getName(), secret.getStringData().keySet());
    }
  }

  /// @param secrets those that the manifests ask for
  /// @return what is wrong, a sentence each
  static List<String> problems(Manifests manifests, Manifests secrets) {
    ManifestRules rules = new ManifestRules(manifests, secrets);
    manifests.objects().forEach(rules::inNamespace);
    manifests.all(Deployment.class).forEach(rules::deployment);
    manifests.all(Service.class).forEach(rules::service);
    manifests.all(PodDisruptionBudget.class).forEach(rules::budget);
    manifests.all(HorizontalPodAutoscaler.class).forEach(rules::autoscaler);
    manifests.all(Ingress.class).forEach(rules::ingress);
    manifests.all(NetworkPolicy.class).forEach(rules::network);
    manifests.custom("ScaledObject").forEach(rules::scaled);
    manifests.custom("TriggerAuthentication").forEach(rules::authentication);
    manifests.custom("PodMonitor").forEach(rules::monitor);
    return rules.problems;
  }

  private void require(boolean holds, String sentence) {
    if (!holds) {
      problems.add(sentence);
    }
  }

  private static String name(HasMetadata object) {
    return object.getKind() + " " + object.getMetadata().getName();
  }

  private void inNamespace(HasMetadata object) {
    require(
        object.getKind().equals("Namespace")
            || "millrace".equals(object.getMetadata().getNamespace()),
        name(object) + " is not in the namespace");
  }

  private void deployment(Deployment deployment) {
    String name = name(deployment);
    Map<String, String> labels = deployment.getSpec().getTemplate().getMetadata().getLabels();
    PodSpec pod = deployment.getSpec().getTemplate().getSpec();
    require(
        selects(deployment.getSpec().getSelector(), labels),
        name + ": its selector does not select its pods");
    pod.getTopologySpreadConstraints()
        .forEach(constraint ->
            require(
                selects(constraint.getLabelSelector(), labels),
                name + ": a topologySpreadConstraint does not select its pods"));
    require(
        pod.getContainers().size() == 1 && pod.getTopologySpreadConstraints().size() > 0,
        name + ": one container, and spread over nodes");
    require(
        Boolean.FALSE.equals(pod.getEnableServiceLinks()),
        name + ": service links would set variables that Millrace refuses");
    require(
        Boolean.FALSE.equals(pod.getAutomountServiceAccountToken()),
        name + ": needs no token of Kubernetes'");
    podSecurity(name, pod.getSecurityContext());
    Set<String> mounted = new HashSet<>();
    Stream.concat(pod.getInitContainers().stream(), pod.getContainers().stream())
        .forEach(container -> {
          container.getVolumeMounts().forEach(mount -> mounted.add(mount.getName()));
          container(name + ", container " + container.getName(), container, pod);
        });
    for (Volume volume : pod.getVolumes()) {
      require(
          mounted.contains(volume.getName()), name + ": volume " + volume.getName() + " unused");
      volume(name, volume);
    }
    Container service = pod.getContainers().getFirst();
    probes(name, service);
    annotations(name, deployment, service);
    long sleep =
        service.getLifecycle() == null
            ? 0
            : service.getLifecycle().getPreStop().getSleep().getSeconds();
    require(
        pod.getTerminationGracePeriodSeconds() >= sleep + 30,
        name + ": services take up to 25 s to stop");
  }

  private void podSecurity(String name, PodSecurityContext security) {
    require(
        Boolean.TRUE.equals(security.getRunAsNonRoot())
            && Objects.equals(security.getRunAsUser(), USER)
            && Objects.equals(security.getRunAsGroup(), USER)
            && Objects.equals(security.getFsGroup(), USER)
            && security.getSeccompProfile().getType().equals("RuntimeDefault"),
        name + ": must run as the image's user, with the runtime's seccomp profile");
  }

  private void volume(String name, Volume volume) {
    if (volume.getSecret() != null) {
      String secret = volume.getSecret().getSecretName();
      Set<String> keys = secrets.get(secret);
      require(keys != null, name + ": secrets.example.yaml has no Secret " + secret);
      if (keys != null) {
        volume
            .getSecret()
            .getItems()
            .forEach(item ->
                require(
                    keys.contains(item.getKey()),
                    name + ": Secret " + secret + " has no " + item.getKey()));
      }
    } else {
      require(
          volume.getEmptyDir() != null && volume.getEmptyDir().getSizeLimit() != null,
          name + ": volume " + volume.getName() + " has no limit");
    }
  }

  private void container(String name, Container container, PodSpec pod) {
    SecurityContext security = container.getSecurityContext();
    require(
        security != null
            && Boolean.FALSE.equals(security.getAllowPrivilegeEscalation())
            && Boolean.TRUE.equals(security.getReadOnlyRootFilesystem())
            && security.getCapabilities().getDrop().equals(List.of("ALL")),
        name + ": may change its file system, or has rights that it does not need");
    require(
        container.getImage().matches("millrace:[^:]+") && !container.getImage().endsWith("latest"),
        name + ": its image needs a version");
    container
        .getVolumeMounts()
        .forEach(mount ->
            require(
                pod.getVolumes().stream().anyMatch(v -> v.getName().equals(mount.getName())),
                name + ": there is no volume " + mount.getName()));
    Map<String, String> environment = environment(name, container);
    memory(name, container, environment);
    command(name, container, environment);
    environment.values().stream()
        .filter(value -> value.startsWith("/"))
        .forEach(file ->
            require(isMounted(file, container, pod), name + ": nothing is mounted at " + file));
  }

  /// Whether a volume of the container has the file.
  private boolean isMounted(String file, Container container, PodSpec pod) {
    return container.getVolumeMounts().stream()
        .filter(mount -> file.startsWith(mount.getMountPath() + "/"))
        .anyMatch(mount -> {
          String path = file.substring(mount.getMountPath().length() + 1);
          return pod.getVolumes().stream()
              .filter(volume -> volume.getName().equals(mount.getName()))
              .filter(volume -> volume.getSecret() != null)
              .anyMatch(volume ->
                  volume.getSecret().getItems().isEmpty()
                      ? secrets
                          .getOrDefault(volume.getSecret().getSecretName(), Set.of())
                          .contains(path)
                      : volume.getSecret().getItems().stream()
                          .anyMatch(item -> item.getPath().equals(path)));
        });
  }

  private Map<String, String> environment(String name, Container container) {
    Map<String, String> environment = new HashMap<>();
    container
        .getEnvFrom()
        .forEach(from -> {
          String wanted = from.getConfigMapRef().getName();
          List<ConfigMap> found =
              manifests.all(ConfigMap.class).stream()
                  .filter(map -> map.getMetadata().getName().equals(wanted))
                  .toList();
          require(found.size() == 1, name + ": there is no ConfigMap " + wanted);
          found.forEach(map -> environment.putAll(map.getData()));
        });
    container
        .getEnv()
        .forEach(variable -> environment.put(variable.getName(), variable.getValue()));
    return environment;
  }

  /// Beside the heap there are classes, code, threads and buffers. 192 MiB is what they are given
  /// at least; docs/benchmarks.md has less for the edge.
  private void memory(String name, Container container, Map<String, String> environment) {
    long limit =
        container.getResources().getLimits().get("memory").getNumericalAmount().longValue();
    long request =
        container.getResources().getRequests().get("memory").getNumericalAmount().longValue();
    String options =
        HEAP_OF_LAUNCHER.getOrDefault(container.getArgs().getFirst(), "")
            + " "
            + environment.get("MILLRACE_JAVA_OPTS");
    long heap = 0;
    Matcher matcher = HEAP.matcher(options);
    while (matcher.find()) {
      heap = Long.parseLong(matcher.group(1)) << (matcher.group(2).equals("g") ? 30 : 20);
    }
    require(heap > 0, name + ": its heap has no limit");
    require(
        heap + (192L << 20) <= limit && request <= limit,
        name + ": a heap of " + (heap >> 20) + " MiB does not fit into its memory");
    require(
        container.getResources().getRequests().containsKey("cpu")
            && options.contains("-XX:ActiveProcessorCount="),
        name + ": without a number the JVM takes all of the node's processors for its own");
  }

  /// Reads arguments and environment as the command itself does.
  private void command(String name, Container container, Map<String, String> environment) {
    Map<String, Object> options;
    try {
      options = Main.options(environment, container.getArgs().toArray(String[]::new));
    } catch (IllegalArgumentException e) {
      problems.add(name + ": " + e.getMessage());
      return;
    }
    List<ContainerPort> ports = container.getPorts();
    if (ports.isEmpty()) {
      return;
    }
    Object port = options.get("--port");
    require(
        ports.size() == 1 && ports.getFirst().getContainerPort().equals(port),
        name + ": listens on " + port + ", and not on " + ports);
    require("0.0.0.0".equals(options.get("--host")), name + ": listens on loopback only");
  }

  private void probes(String name, Container container) {
    probe(name + ", startupProbe", container.getStartupProbe(), "/health/live", container);
    probe(name + ", livenessProbe", container.getLivenessProbe(), "/health/live", container);
    probe(name + ", readinessProbe", container.getReadinessProbe(), "/health/ready", container);
  }

  private void probe(String name, Probe probe, String path, Container container) {
    require(
        probe != null && probe.getHttpGet() != null && path.equals(probe.getHttpGet().getPath()),
        name + ": must ask for " + path);
    require(
        probe != null
            && probe.getHttpGet() != null
            && hasPort(container, probe.getHttpGet().getPort().getStrVal()),
        name + ": asks a port that the container has not");
  }

  private static boolean hasPort(Container container, String port) {
    return container.getPorts().stream().anyMatch(has -> has.getName().equals(port));
  }

  private void annotations(String name, Deployment deployment, Container container) {
    Map<String, String> annotations =
        deployment.getSpec().getTemplate().getMetadata().getAnnotations();
    require(
        "true".equals(annotations.get("prometheus.io/scrape"))
            && "/metrics".equals(annotations.get("prometheus.io/path"))
            && container
                .getPorts()
                .getFirst()
                .getContainerPort()
                .toString()
                .equals(annotations.get("prometheus.io/port")),
        name + ": Prometheus is sent to another place than its metrics");
  }

  private void service(Service service) {
    List<Deployment> selected =
        selectedBy(new LabelSelector(List.of(), service.getSpec().getSelector()));
    require(selected.size() == 1, name(service) + " selects " + selected.size() + " Deployments");
    selected.forEach(deployment ->
        service
            .getSpec()
            .getPorts()
            .forEach(port -> {
              String target = port.getTargetPort().getStrVal();
              require(
                  hasPort(container(deployment), target),
                  name(service) + ": " + name(deployment) + " has no port " + target);
              require(
                  port.getPort()
                      .equals(container(deployment).getPorts().getFirst().getContainerPort()),
                  name(service) + ": has another port than the documents say");
            }));
  }

  private void budget(PodDisruptionBudget budget) {
    List<Deployment> selected = selectedBy(budget.getSpec().getSelector());
    require(selected.size() == 1, name(budget) + " selects " + selected.size() + " Deployments");
    require(
        budget.getSpec().getMaxUnavailable().getIntVal() == 1
            && budget.getSpec().getMinAvailable() == null,
        name(budget) + ": one at a time");
    selected.forEach(deployment ->
        require(
            deployment.getSpec().getReplicas() == null || deployment.getSpec().getReplicas() > 1,
            name(budget) + ": of one, none is left"));
  }

  private void autoscaler(HorizontalPodAutoscaler autoscaler) {
    scales(name(autoscaler), autoscaler.getSpec().getScaleTargetRef().getName());
    require(
        autoscaler.getSpec().getMinReplicas() > 1
            && autoscaler.getSpec().getMaxReplicas() > autoscaler.getSpec().getMinReplicas(),
        name(autoscaler) + ": its bounds");
  }

  private void scales(String who, String target) {
    List<Deployment> found =
        manifests.all(Deployment.class).stream()
            .filter(deployment -> deployment.getMetadata().getName().equals(target))
            .toList();
    require(found.size() == 1, who + ": there is no Deployment " + target);
    found.forEach(deployment ->
        require(
            deployment.getSpec().getReplicas() == null,
            who + ": each apply would set " + target + " back to its replicas"));
  }

  private void ingress(Ingress ingress) {
    ingress.getSpec().getRules().stream()
        .flatMap(rule -> rule.getHttp().getPaths().stream())
        .map(path -> path.getBackend().getService())
        .forEach(backend ->
            require(
                manifests.all(Service.class).stream()
                    .anyMatch(service ->
                        service.getMetadata().getName().equals(backend.getName())
                            && service.getSpec().getPorts().stream()
                                .anyMatch(
                                    port -> port.getName().equals(backend.getPort().getName()))),
                name(ingress) + ": there is no Service " + backend.getName() + " with its port"));
  }

  private void network(NetworkPolicy policy) {
    List<Deployment> selected = selectedBy(policy.getSpec().getPodSelector());
    require(!selected.isEmpty(), name(policy) + " selects nothing");
    for (Deployment deployment : selected) {
      policy.getSpec().getIngress().stream()
          .flatMap(rule -> rule.getPorts().stream())
          .forEach(port ->
              require(
                  hasPort(container(deployment), port.getPort().getStrVal()),
                  name(policy) + ": " + name(deployment) + " has not its port"));
    }
  }

  private void scaled(JsonNode scaled) {
    String name = "ScaledObject " + scaled.at("/metadata/name").asText();
    scales(name, scaled.at("/spec/scaleTargetRef/name").asText());
    Map<String, String> settings = manifests.all(ConfigMap.class).getFirst().getData();
    require(
        scaled.at("/spec/maxReplicaCount").asText().equals(settings.get("MILLRACE_PARTITIONS")),
        name + ": more instances than partitions, or fewer");
    JsonNode trigger = scaled.at("/spec/triggers/0");
    JsonNode metadata = trigger.path("metadata");
    require(
        settings.containsKey(metadata.path("bootstrapServersFromEnv").asText()),
        name + ": no such variable: " + metadata.path("bootstrapServersFromEnv"));
    require(
        Main.options(Map.of(), "processor")
            .get("--application-id")
            .equals(metadata.path("consumerGroup").asText()),
        name + ": watches another group than the processor's");
    require(metadata.path("topic").asText().equals("requests"), name + ": watches another topic");
    require(
        manifests.custom("TriggerAuthentication").stream()
            .anyMatch(authentication ->
                authentication.at("/metadata/name").equals(trigger.at("/authenticationRef/name"))),
        name + ": its authenticationRef is not there");
  }

  private void authentication(JsonNode authentication) {
    authentication
        .at("/spec/secretTargetRef")
        .forEach(reference ->
            require(
                secrets
                    .getOrDefault(reference.path("name").asText(), Set.of())
                    .contains(reference.path("key").asText()),
                "TriggerAuthentication: secrets.example.yaml has no " + reference));
  }

  private void monitor(JsonNode monitor) {
    LabelSelector selector = new LabelSelector();
    Map<String, String> labels = new HashMap<>();
    monitor
        .at("/spec/selector/matchLabels")
        .properties()
        .forEach(label -> labels.put(label.getKey(), label.getValue().asText()));
    selector.setMatchLabels(labels);
    List<Deployment> selected = selectedBy(selector);
    require(
        selected.size() == manifests.all(Deployment.class).size(),
        "PodMonitor: does not select all pods");
    selected.forEach(deployment -> {
      require(
          hasPort(container(deployment), monitor.at("/spec/podMetricsEndpoints/0/port").asText()),
          "PodMonitor: " + name(deployment) + " has not its port");
      // What deploy/prometheus calls it, and the alerts ask for.
      String job = container(deployment).getArgs().getFirst();
      require(
          job.equals(job(monitor, deployment)), "PodMonitor: the job of " + job + " is another");
    });
  }

  /// The job that a PodMonitor gives a pod, as far as it takes it from one of the pod's labels.
  private static String job(JsonNode monitor, Deployment deployment) {
    JsonNode relabeling = monitor.at("/spec/podMetricsEndpoints/0/relabelings/0");
    Map<String, String> meta = new HashMap<>();
    deployment
        .getSpec()
        .getTemplate()
        .getMetadata()
        .getLabels()
        .forEach((label, value) ->
            meta.put(
                "__meta_kubernetes_pod_label_" + label.replaceAll("[^a-zA-Z0-9_]", "_"), value));
    Matcher matcher =
        Pattern.compile(relabeling.path("regex").asText())
            .matcher(meta.getOrDefault(relabeling.at("/sourceLabels/0").asText(), ""));
    boolean named = relabeling.path("targetLabel").asText().equals("job");
    return named && matcher.matches() ? matcher.group(1) : "millrace/millrace";
  }

  private static Container container(Deployment deployment) {
    return deployment.getSpec().getTemplate().getSpec().getContainers().getFirst();
  }

  private List<Deployment> selectedBy(LabelSelector selector) {
    return manifests.all(Deployment.class).stream()
        .filter(deployment ->
            selects(selector, deployment.getSpec().getTemplate().getMetadata().getLabels()))
        .toList();
  }

  /// None of ours selects by expressions.
  private static boolean selects(LabelSelector selector, Map<String, String> labels) {
    return !selector.getMatchLabels().isEmpty()
        && selector.getMatchExpressions().isEmpty()
        && labels.entrySet().containsAll(selector.getMatchLabels().entrySet());
  }
}
