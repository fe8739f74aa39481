import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;

/**
 * A source that writes messages by itself: the same as sender-python, with nothing but the JDK (17 or newer).
 *
 *     ./clarion key pem KEY_FILE --out author.pem
 *     java Send.java --account ACCOUNT --password-file FILE --key author.pem --key-id ID --area AREA --title TITLE --text TEXT
 *         [--url URL] [--class CLASS] [--severity SEVERITY] [--event-type TYPE]
 *
 * The key id stands in KEY_FILE (field keyId). It checks that everything it is given to sign says what was asked and
 * nothing else, the corrections among them, and shows what the platform chose by itself (sounds, readings, window).
 * Exit: 0 submitted, 2 usage, 4 refused, 5 not reachable.
 */
public final class Send {
    private static final String KIND = "application/vnd.clarion.message.v1+json";
    /** What the platform may choose, for it was not asked for; in a correction less. */
    private static final List<String> CHOSEN = List.of("id", "unit", "readings", "body", "notBefore", "notAfter", "volume", "whenPreempted", "issuedAt", "corrections");
    private static final List<String> CHOSEN_IN_CORRECTIONS = List.of("id", "readings", "body", "notAfter");
    /** How the platform takes a warning back: its title, the text with the title in it, and the words that stand there when no voice can read the title. */
    private static final Map<String, List<String>> TAKEN_BACK = Map.of("correction", List.of("更正：", "刚才播出的%s是误发，请不要恐慌。", "广播"), "all-clear", List.of("解除：", "%s已经解除。", "刚才的警报"));
    private static final int TITLE_LENGTH = 60;
    private static final Map<String, String> DEFAULTS = Map.of("url", "http://localhost:8080", "class", "notice", "severity", "none", "event-type", "notice");
    private static final List<String> REQUIRED = List.of("account", "password-file", "key", "key-id", "area", "title", "text");

    private final HttpClient http = HttpClient.newHttpClient();
    private final String url;
    private String token;

    private Send(String url) {
        this.url = url;
    }

    /** What ends the program: a sentence for people, and the exit code. */
    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;
        final int code;

        Refused(int code, String sentence) {
            super(sentence);
            this.code = code;
        }
    }

    public static void main(String[] arguments) throws Exception {
        System.setErr(new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8));
        try {
            run(options(arguments));
        } catch (Refused refused) {
            System.err.println(refused.getMessage());
            System.exit(refused.code);
        }
    }

    private static void run(Map<String, String> options) throws Exception {
        PrivateKey key = privateKey(read(options.get("key")));
        Send platform = new Send(options.get("url"));
        Map<String, Object> asked = new LinkedHashMap<>();
        for (String name : List.of("class", "severity", "title", "text")) asked.put(name, options.get(name).strip());
        asked.put("mode", "actual");
        asked.put("eventType", options.get("event-type"));
        asked.put("repeats", 2L);
        asked.put("gapMs", 1000L);
        asked.put("targets", Map.of("areas", List.of(options.get("area")))); // its id: what a code stands for would be the platform's word
        asked.put("speech", Map.of());
        try {
            Map<String, Object> session = platform.post("/api/session", Map.of("account", options.get("account"), "password", read(options.get("password-file")).strip()));
            platform.token = (String) session.get("token");
            Map<String, Object> draft = platform.post("/api/messages/draft", asked);
            List<Map<String, Object>> parts = new ArrayList<>(List.of(draft));
            for (Object correction : list(draft, "corrections")) parts.add(object(correction));
            List<byte[]> payloads = new ArrayList<>();
            for (Map<String, Object> part : parts) payloads.add(Base64.getDecoder().decode((String) part.get("payload")));
            List<Map<String, Object>> said = new ArrayList<>();
            for (byte[] payload : payloads) said.add(object(new Json(payload).whole()));
            List<String> wrong = faults(asked, session, parts, said, payloads);
            if (!wrong.isEmpty()) throw new Refused(4, "the platform's bytes do not say what was asked for; nothing was signed:\n  " + String.join("\n  ", wrong));
            List<Object> signed = new ArrayList<>();
            for (int at = 0; at < said.size(); at += 1) {
                System.err.println(Json.write(shown(said.get(at))));
                signed.add(envelope(payloads.get(at), key, options.get("key-id")));
            }
            Map<String, Object> answer = platform.post("/api/messages", Map.of("message", signed.get(0), "corrections", signed.subList(1, signed.size())));
            System.out.println(Json.write(picked(answer, "id", "state")));
        } catch (IllegalArgumentException | ClassCastException | NullPointerException unreadable) {
            throw new Refused(4, "the platform's answer cannot be read: " + unreadable.getMessage());
        } catch (IOException unreachable) {
            throw new Refused(5, "not reachable: " + unreachable);
        }
    }

    /** What of the bytes to be signed is not what was asked for. What is said in the recording nobody can read here: its digest is shown, and the people who approve it listen to it. */
    private static List<String> faults(Map<String, Object> asked, Map<String, Object> session, List<Map<String, Object>> parts, List<Map<String, Object>> said, List<byte[]> payloads) throws Exception {
        Map<String, Object> message = said.get(0);
        String title = (String) asked.get("title");
        Map<String, Object> expected = picked(asked, "class", "severity", "mode", "eventType", "repeats", "gapMs");
        expected.put("platform", session.get("platform"));
        expected.put("author", session.get("person"));
        expected.put("texts", text(title, (String) asked.get("text")));
        expected.put("targets", Map.of("areas", object(asked.get("targets")).get("areas"), "terminals", List.of()));
        for (String none : List.of("drill", "sourceUnit", "sourceRef", "replaces", "corrects")) expected.put(none, null);
        List<String> opening = asked.get("class").equals("emergency") ? List.of("siren", "speech", "speech") : List.of("chime", "speech");
        List<String> wrong = differing("message", expected, message, CHOSEN, opening);
        List<Object> named = new ArrayList<>();
        List<Object> kinds = new ArrayList<>();
        for (int at = 0; at < said.size(); at += 1) {
            if (!said.get(at).equals(parts.get(at).get("message"))) wrong.add("the bytes say something else than the answer that came with them");
            if (at == 0) continue;
            kinds.add(said.get(at).get("corrects"));
            Map<String, Object> one = new HashMap<>(Map.of("digest", HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(payloads.get(at)))));
            one.put("kind", said.get(at).get("corrects"));
            named.add(one);
        }
        if (!named.equals(message.get("corrections"))) wrong.add("message: corrections other than those that came with it");
        boolean warns = List.of("emergency", "advisory").contains(asked.get("class"));
        if (!kinds.equals(warns ? List.of("correction", "all-clear") : List.of())) wrong.add("not the corrections that this class has");
        else for (Map<String, Object> one : said.subList(1, said.size())) wrong.addAll(correctionFaults(title, message, one));
        return wrong;
    }

    /** A correction says the standing words to the same people, in the same class, and nothing else. */
    private static List<String> correctionFaults(String title, Map<String, Object> message, Map<String, Object> said) {
        String kind = (String) said.get("corrects");
        List<String> words = TAKEN_BACK.get(kind);
        String marked = words.get(0) + title;
        String shortened = marked.substring(0, Math.min(marked.length(), TITLE_LENGTH));
        Object without = text(shortened, String.format(words.get(1), words.get(2)));
        Map<String, Object> expected = new HashMap<>(message);
        expected.put("texts", without.equals(said.get("texts")) ? without : text(shortened, String.format(words.get(1), title)));
        expected.put("repeats", 2L);
        expected.put("gapMs", 1000L);
        expected.put("whenPreempted", "resume");
        expected.put("corrects", kind);
        expected.put("corrections", List.of());
        return differing(kind, expected, said, CHOSEN_IN_CORRECTIONS, List.of("chime", "speech"));
    }

    /** In which fields something else stands than expected; what nobody knows is as bad as what is missing. */
    private static List<String> differing(String what, Map<String, Object> expected, Map<String, Object> said, List<String> chosen, List<String> sounds) {
        List<String> wrong = new ArrayList<>();
        TreeSet<String> names = new TreeSet<>(expected.keySet());
        names.addAll(said.keySet());
        for (String name : names) {
            boolean same = expected.containsKey(name) && said.containsKey(name) && (expected.get(name) == null ? said.get(name) == null : expected.get(name).equals(said.get(name)));
            if (!chosen.contains(name) && !same) wrong.add(what + ": " + name);
        }
        for (String name : chosen) if (!said.containsKey(name)) wrong.add(what + ": " + name + " is missing");
        if (!wrong.isEmpty()) return wrong;
        List<Object> roles = new ArrayList<>();
        for (Object segment : list(object(said.get("body")), "segments")) roles.add(object(segment).get("role"));
        if (!roles.equals(sounds)) wrong.add(what + ": sounds other than the opening and the spoken text");
        return wrong;
    }

    private static Map<String, Object> shown(Map<String, Object> said) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("signing", said.get("corrects") == null ? "message" : said.get("corrects"));
        shown.putAll(picked(said, "texts", "readings", "unit", "volume", "notBefore", "notAfter"));
        shown.put("sounds", object(said.get("body")).get("segments"));
        return shown;
    }

    private static List<Object> text(String title, String text) {
        return List.of(Map.of("language", "zh-CN", "title", title, "text", text));
    }

    private static Map<String, Object> picked(Map<String, Object> from, String... names) {
        Map<String, Object> picked = new LinkedHashMap<>();
        for (String name : names) picked.put(name, from.get(name));
        return picked;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(Object value) {
        return (Map<String, Object>) value;
    }

    private static List<?> list(Map<String, Object> object, String name) {
        return (List<?>) object.get(name);
    }

    private Map<String, Object> post(String path, Map<String, ?> body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path)).header("Content-Type", "application/json")
            .header("Idempotency-Key", UUID.randomUUID().toString()).POST(HttpRequest.BodyPublishers.ofString(Json.write(body)));
        if (token != null) request.header("Authorization", "Bearer " + token);
        HttpResponse<byte[]> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        if (answer.statusCode() >= 400) throw new Refused(4, new String(answer.body(), StandardCharsets.UTF_8));
        return object(new Json(answer.body()).whole());
    }

    /** A DSSE 1.0 envelope: what is signed is "DSSEv1", the length and name of the kind, the length and bytes of the payload. */
    private static Map<String, Object> envelope(byte[] payload, PrivateKey key, String keyId) throws Exception {
        Signature signer = Signature.getInstance("Ed25519");
        signer.initSign(key);
        signer.update(("DSSEv1 " + KIND.length() + " " + KIND + " " + payload.length + " ").getBytes(StandardCharsets.US_ASCII));
        signer.update(payload);
        Base64.Encoder base64 = Base64.getEncoder();
        return Map.of("payloadType", KIND, "payload", base64.encodeToString(payload), "signatures", List.of(Map.of("keyid", keyId, "sig", base64.encodeToString(signer.sign()))));
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException unreadable) {
            throw new Refused(2, "cannot be read: " + file);
        }
    }

    private static PrivateKey privateKey(String pem) {
        try {
            byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
            return KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(der));
        } catch (java.security.GeneralSecurityException | IllegalArgumentException unusable) {
            throw new Refused(2, "--key holds no Ed25519 key; write it with ./clarion key pem");
        }
    }

    private static Map<String, String> options(String[] arguments) {
        Map<String, String> options = new HashMap<>(DEFAULTS);
        for (int at = 0; at < arguments.length; at += 2) {
            String name = arguments[at].startsWith("--") ? arguments[at].substring(2) : "";
            if (!REQUIRED.contains(name) && !DEFAULTS.containsKey(name)) throw new Refused(2, "not an option: " + arguments[at]);
            if (at + 1 == arguments.length) throw new Refused(2, arguments[at] + " has no value");
            if (arguments[at + 1].indexOf('\uFFFD') >= 0) throw new Refused(2, arguments[at] + " cannot be read in this locale; set LC_ALL=C.UTF-8");
            options.put(name, arguments[at + 1]);
        }
        if (!options.get("url").matches("https?://[\\w.:\\[\\]-]+")) throw new Refused(2, "--url is no address such as " + DEFAULTS.get("url"));
        for (String name : REQUIRED) if (!options.containsKey(name)) throw new Refused(2, "--" + name + " is missing");
        return options;
    }

    /** JSON (RFC 8259), strict: UTF-8, no name twice in an object. Whole numbers are Long, others BigDecimal. */
    private static final class Json {
        private static final int DEEPEST = 32;
        private final String text;
        private int at;
        private int depth;

        Json(byte[] bytes) {
            try {
                text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            } catch (CharacterCodingException bad) {
                throw new IllegalArgumentException("not UTF-8");
            }
        }

        Object whole() {
            Object value = value();
            blanks();
            if (at < text.length()) throw bad("nothing more");
            return value;
        }

        private Object value() {
            blanks();
            if (depth > DEEPEST) throw bad("less depth");
            if (taken("{")) return object();
            if (taken("[")) return array();
            if (taken("\"")) return string();
            if (taken("true")) return true;
            if (taken("false")) return false;
            if (taken("null")) return null;
            int from = at;
            while (at < text.length() && "+-.0123456789eE".indexOf(text.charAt(at)) >= 0) at += 1;
            String number = text.substring(from, at);
            if (number.matches("-?(0|[1-9]\\d{0,17})")) return Long.valueOf(number);
            if (number.length() < 40 && number.matches("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d{1,3})?")) return new BigDecimal(number);
            throw bad("a value");
        }

        private Map<String, Object> object() {
            Map<String, Object> object = new LinkedHashMap<>();
            depth += 1;
            blanks();
            if (!taken("}")) {
                do {
                    blanks();
                    need("\"");
                    String name = string();
                    if (object.containsKey(name)) throw new IllegalArgumentException("a name stands twice: " + name);
                    blanks();
                    need(":");
                    object.put(name, value());
                    blanks();
                } while (taken(","));
                need("}");
            }
            depth -= 1;
            return object;
        }

        private List<Object> array() {
            List<Object> array = new ArrayList<>();
            depth += 1;
            blanks();
            if (!taken("]")) {
                do {
                    array.add(value());
                    blanks();
                } while (taken(","));
                need("]");
            }
            depth -= 1;
            return array;
        }

        /** After its opening quotation mark. */
        private String string() {
            StringBuilder string = new StringBuilder();
            while (true) {
                if (at >= text.length() || text.charAt(at) < ' ') throw bad("the end of a string");
                char letter = text.charAt(at++);
                if (letter == '"') return string.toString();
                if (letter != '\\') {
                    string.append(letter);
                    continue;
                }
                int escape = at < text.length() ? "\"\\/bfnrtu".indexOf(text.charAt(at++)) : -1;
                if (escape < 0) throw bad("an escape");
                if (escape < 8) string.append("\"\\/\b\f\n\r\t".charAt(escape));
                else if (text.substring(at, Math.min(at + 4, text.length())).matches("[0-9a-fA-F]{4}")) {
                    string.append((char) Integer.parseInt(text.substring(at, at + 4), 16));
                    at += 4;
                } else throw bad("four hexadecimal digits");
            }
        }

        private void blanks() {
            while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at += 1;
        }

        private boolean taken(String word) {
            boolean here = text.startsWith(word, at);
            if (here) at += word.length();
            return here;
        }

        private void need(String word) {
            if (!taken(word)) throw bad(word);
        }

        private IllegalArgumentException bad(String wanted) {
            return new IllegalArgumentException("no JSON: " + wanted + " was expected at character " + at);
        }

        static String write(Object value) {
            if (value instanceof String string) {
                StringBuilder json = new StringBuilder("\"");
                for (char letter : string.toCharArray()) {
                    if (letter == '"' || letter == '\\') json.append('\\').append(letter);
                    else if (letter < ' ') json.append(String.format("\\u%04x", (int) letter));
                    else json.append(letter);
                }
                return json.append('"').toString();
            }
            List<String> parts = new ArrayList<>();
            if (value instanceof Map<?, ?> map) {
                map.forEach((name, one) -> parts.add(write(name) + ":" + write(one)));
                return "{" + String.join(",", parts) + "}";
            }
            if (value instanceof List<?> list) {
                list.forEach(one -> parts.add(write(one)));
                return "[" + String.join(",", parts) + "]";
            }
            return String.valueOf(value);
        }
    }
}
