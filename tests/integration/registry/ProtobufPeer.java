import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.util.JsonFormat;
import io.apicurio.registry.serde.protobuf.ProtobufKafkaDeserializer;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/**
 * Apicurio's deserialiser for Protobuf, driven by lines of JSON. It has the name of the message type where Confluent has
 * an index.
 *   {"op":"read","topic","bytes","type"} -> {"json", "bytes"}: the message, and what Java writes it as
 */
public class ProtobufPeer {
    static final ObjectMapper MAPPER = new ObjectMapper();

    /** The message with a type's name in place of the index 0. */
    static byte[] named(byte[] bytes, String type) {
        byte[] name = type.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(bytes, 0, 5);
        out.write(name.length + 2);
        out.write(10);
        out.write(name.length);
        out.write(name, 0, name.length);
        out.write(bytes, 6, bytes.length - 6);
        return out.toByteArray();
    }

    static ObjectNode run(JsonNode line, ProtobufKafkaDeserializer<DynamicMessage> deserializer) {
        ObjectNode answer = MAPPER.createObjectNode();
        try {
            byte[] bytes = named(Base64.getDecoder().decode(line.get("bytes").asText()), line.get("type").asText());
            DynamicMessage message = deserializer.deserialize(line.get("topic").asText(), bytes);
            if (!message.getUnknownFields().equals(UnknownFieldSet.getDefaultInstance())) {
                throw new IllegalStateException("unknown fields: " + message.getUnknownFields());
            }
            answer.put("bytes", Base64.getEncoder().encodeToString(message.toByteArray()));
            answer.put("json", JsonFormat.printer().omittingInsignificantWhitespace().print(message));
        } catch (Exception e) {
            java.io.StringWriter trace = new java.io.StringWriter();
            e.printStackTrace(new java.io.PrintWriter(trace));
            answer.put("error", trace.toString());
        }
        return answer;
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, Object> config = new HashMap<>();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            config.put(argument.substring(0, equals), argument.substring(equals + 1));
        }
        ProtobufKafkaDeserializer<DynamicMessage> deserializer = new ProtobufKafkaDeserializer<>();
        deserializer.configure(config, false);
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        System.setOut(System.err);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null;) {
            out.println(MAPPER.writeValueAsString(run(MAPPER.readTree(line), deserializer)));
        }
    }
}
