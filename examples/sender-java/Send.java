import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A source that writes messages by itself: the same as sender-python, with nothing but the JDK (17 or newer).
 *
 *     ./clarion key pem KEY_FILE --out author.pem
 *     java Send.java --account ACCOUNT --password-file FILE --key author.pem --key-id ID --area AREA --title TITLE --text TEXT
 *
 * The key id stands in KEY_FILE (field keyId). Exit: 0 submitted, 4 refused, 5 not reachable.
 */
public final class Send {
    private static final String KIND = "application/vnd.clarion.message.v1+json";
    private final HttpClient http = HttpClient.newHttpClient();
    private final String url;
    private String token;

    private Send(String url) {
        this.url = url;
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, String> options = options(arguments);
        Send platform = new Send(options.getOrDefault("url", "http://localhost:8080"));
        PrivateKey key = privateKey(Files.readString(Path.of(options.get("key"))));
        String password = Files.readString(Path.of(options.get("password-file"))).strip();
        try {
            platform.token = field(platform.post("/api/session", "{\"account\":" + text(options.get("account")) + ",\"password\":" + text(password) + "}"), "token");
            String draft = platform.post("/api/messages/draft", "{\"class\":" + text(options.getOrDefault("class", "notice"))
                + ",\"severity\":\"none\",\"eventType\":\"notice\",\"title\":" + text(options.get("title")) + ",\"text\":" + text(options.get("text"))
                + ",\"targets\":{\"areas\":[" + text(options.get("area")) + "]},\"speech\":{}}");
            // Base64 never holds a quote, so the payloads can be found without a JSON library: the message first, then its corrections.
            List<String> payloads = fields(draft, "payload");
            String said = new String(Base64.getDecoder().decode(payloads.get(0)), StandardCharsets.UTF_8);
            // Never sign what a server says without reading it: title, text and place must be those that were asked for.
            boolean same = said.contains("\"title\":" + text(options.get("title"))) && said.contains("\"text\":" + text(options.get("text")))
                && said.contains("\"areas\":[" + text(options.get("area")) + "]");
            if (!same) {
                System.err.println("the platform's bytes do not say what was asked for; nothing was signed");
                System.exit(4);
            }
            List<String> signed = new ArrayList<>();
            for (String payload : payloads) signed.add(envelope(payload, key, options.get("key-id")));
            String answer = platform.post("/api/messages", "{\"message\":" + signed.get(0) + ",\"corrections\":[" + String.join(",", signed.subList(1, signed.size())) + "]}");
            System.out.println("{\"id\":" + text(field(answer, "id")) + ",\"state\":" + text(field(answer, "state")) + "}");
        } catch (java.io.IOException unreachable) {
            System.err.println(unreachable);
            System.exit(5);
        }
    }

    private String post(String path, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path)).header("Content-Type", "application/json")
            .header("Idempotency-Key", UUID.randomUUID().toString()).POST(HttpRequest.BodyPublishers.ofString(body));
        if (token != null) request.header("Authorization", "Bearer " + token);
        HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() >= 400) {
            System.err.println(answer.body());
            System.exit(4);
        }
        return answer.body();
    }

    /** A DSSE 1.0 envelope: what is signed is "DSSEv1", the length and name of the kind, the length and bytes of the payload. */
    private static String envelope(String payload, PrivateKey key, String keyId) throws Exception {
        byte[] body = Base64.getDecoder().decode(payload);
        Signature signer = Signature.getInstance("Ed25519");
        signer.initSign(key);
        signer.update(("DSSEv1 " + KIND.length() + " " + KIND + " " + body.length + " ").getBytes(StandardCharsets.US_ASCII));
        signer.update(body);
        String signature = Base64.getEncoder().encodeToString(signer.sign());
        return "{\"payloadType\":\"" + KIND + "\",\"payload\":\"" + payload + "\",\"signatures\":[{\"keyid\":\"" + keyId + "\",\"sig\":\"" + signature + "\"}]}";
    }

    private static PrivateKey privateKey(String pem) throws Exception {
        byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        return KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(der));
    }

    private static String field(String json, String name) {
        return fields(json, name).get(0);
    }

    private static List<String> fields(String json, String name) {
        Matcher found = Pattern.compile("\"" + name + "\":\"([^\"\\\\]*)\"").matcher(json);
        List<String> values = new ArrayList<>();
        while (found.find()) values.add(found.group(1));
        return values;
    }

    /** A JSON string as the platform writes it too. */
    private static String text(String value) {
        StringBuilder json = new StringBuilder("\"");
        for (char letter : value.toCharArray()) {
            if (letter == '"' || letter == '\\') json.append('\\').append(letter);
            else if (letter == '\n') json.append("\\n");
            else json.append(letter);
        }
        return json.append('"').toString();
    }

    private static Map<String, String> options(String[] arguments) {
        Map<String, String> options = new HashMap<>();
        for (int at = 0; at + 1 < arguments.length; at += 2) options.put(arguments[at].substring(2), arguments[at + 1]);
        for (String name : List.of("account", "password-file", "key", "key-id", "area", "title", "text")) {
            if (!options.containsKey(name)) throw new IllegalArgumentException("--" + name + " is missing");
        }
        return options;
    }
}
