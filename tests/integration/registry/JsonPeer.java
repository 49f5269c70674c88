/* Java's side of the tests of JSON Schema: Apicurio's serialiser and deserialiser, which check what they read and write by its
 * schema. One line of JSON in, one out:
 *
 *   {"op":"write","topic":t,"json":text}   ─▶ {"bytes":base64} or {"error":…}
 *   {"op":"read","topic":t,"bytes":base64} ─▶ {"json":text} or {"error":…} */
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.apicurio.registry.serde.jsonschema.JsonSchemaKafkaDeserializer;
import io.apicurio.registry.serde.jsonschema.JsonSchemaKafkaSerializer;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

public class JsonPeer {
    static final ObjectMapper MAPPER = new ObjectMapper();

    public static void main(String[] arguments) throws Exception {
        Map<String, Object> config = new HashMap<>();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            config.put(argument.substring(0, equals), argument.substring(equals + 1));
        }
        JsonSchemaKafkaSerializer<JsonNode> serializer = new JsonSchemaKafkaSerializer<>();
        JsonSchemaKafkaDeserializer<JsonNode> deserializer = new JsonSchemaKafkaDeserializer<>();
        serializer.configure(config, false);
        deserializer.configure(config, false);
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        System.setOut(System.err);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String text; (text = in.readLine()) != null;) {
            JsonNode line = MAPPER.readTree(text);
            ObjectNode answer = MAPPER.createObjectNode();
            String topic = line.get("topic").asText();
            try {
                if (line.get("op").asText().equals("write")) {
                    byte[] bytes = serializer.serialize(topic, MAPPER.readTree(line.get("json").asText()));
                    answer.put("bytes", Base64.getEncoder().encodeToString(bytes));
                } else {
                    Object value = deserializer.deserialize(topic, Base64.getDecoder().decode(line.get("bytes").asText()));
                    answer.put("json", MAPPER.writeValueAsString(value));
                }
            } catch (Exception e) {
                answer.put("error", e.toString() + (e.getCause() == null ? "" : " because of " + e.getCause()));
            }
            out.println(MAPPER.writeValueAsString(answer));
        }
    }
}
