package dev.millrace.e2e;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What YAML says of Kubernetes, read by Kubernetes' own types, as strictly as its server does: a
/// field that the type has not, a key that is there twice, and a number where text must be, are
/// errors.
///
/// @param objects what Kubernetes itself knows
/// @param custom of other kinds, as they stand
record Manifests(List<HasMetadata> objects, List<JsonNode> custom) {
  private static final Map<String, Class<? extends HasMetadata>> TYPES =
      Map.of(
          "v1 Namespace", Namespace.class,
          "v1 ConfigMap", ConfigMap.class,
          "v1 Secret", Secret.class,
          "v1 Service", Service.class,
          "apps/v1 Deployment", Deployment.class,
          "policy/v1 PodDisruptionBudget", PodDisruptionBudget.class,
          "autoscaling/v2 HorizontalPodAutoscaler", HorizontalPodAutoscaler.class,
          "networking.k8s.io/v1 Ingress", Ingress.class,
          "networking.k8s.io/v1 NetworkPolicy", NetworkPolicy.class);

  private static final List<String> CUSTOM =
      List.of(
          "keda.sh/v1alpha1 ScaledObject",
          "keda.sh/v1alpha1 TriggerAuthentication",
          "monitoring.coreos.com/v1 PodMonitor");

  /// The types keep what they do not know in a map; without that, it is an error.
  private static final class NothingElse extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1;

    @Override
    public Boolean hasAnySetter(Annotated member) {
      return false;
    }
  }

  private static final ObjectMapper YAML = mapper();

  private static ObjectMapper mapper() {
    JsonMapper.Builder builder =
        JsonMapper.builder(new YAMLFactory())
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .annotationIntrospector(new NothingElse())
            .withCoercionConfig(
                LogicalType.Textual,
                config -> {
                  for (CoercionInputShape shape :
                      List.of(
                          CoercionInputShape.Integer,
                          CoercionInputShape.Float,
                          CoercionInputShape.Boolean)) {
                    config.setCoercion(shape, CoercionAction.Fail);
                  }
                });
    return builder.build();
  }

  /// One file's documents, not yet by type.
  static List<JsonNode> documents(String yaml) {
    try {
      List<JsonNode> documents = new ArrayList<>();
      YAML.readerFor(JsonNode.class).<JsonNode>readValues(yaml).forEachRemaining(documents::add);
      return documents;
    } catch (IOException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /// @throws IllegalArgumentException naming kind, name and field of what will not do
  static Manifests read(List<JsonNode> documents) {
    List<HasMetadata> objects = new ArrayList<>();
    List<JsonNode> custom = new ArrayList<>();
    for (JsonNode document : documents) {
      String type = document.path("apiVersion").asText() + " " + document.path("kind").asText();
      if (CUSTOM.contains(type)) {
        custom.add(document);
      } else if (TYPES.containsKey(type)) {
        objects.add(typed(document, TYPES.get(type)));
      } else {
        throw new IllegalArgumentException("apiVersion and kind not known: " + type);
      }
    }
    return new Manifests(objects, custom);
  }

  private static HasMetadata typed(JsonNode document, Class<? extends HasMetadata> type) {
    try {
      return YAML.treeToValue(document, type);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          document.path("kind").asText()
              + " "
              + document.path("metadata").path("name").asText()
              + ": "
              + e.getMessage(),
          e);
    }
  }

  <T extends HasMetadata> List<T> all(Class<T> type) {
    return objects.stream().filter(type::isInstance).map(type::cast).toList();
  }

  List<JsonNode> custom(String kind) {
    return custom.stream().filter(node -> node.path("kind").asText().equals(kind)).toList();
  }
}
