// The file that says who may change something on the page, and the secret that its cookies are made with.
import Model
import Platform
import Status

enum TokenFile {
    /// Far more names than a museum has.
    private static let limit_bytes = 1 << 16

    /// Without a file there are no tokens. One that cannot be read is the same, and told: without its place, for the status is
    /// read by strangers too.
    static func read(_ file: Path, state: Path) -> (tokens: Tokens, trouble: Reason?) {
        if file.isEmpty { return (.none, nil) }
        do {
            let text = String(decoding: try Files.read(file, limit: limit_bytes), as: UTF8.self)
            let tokens = Tokens(text, key: key(in: state))
            guard let line = tokens.badLines.first else { return (tokens, nil) }
            return (tokens, reason("line \(line) of TokenFile= in [Status] is no name and its token"))
        } catch {
            // Nobody asked for the one that is looked for by default.
            if error.meansAbsent, file == Configuration().tokenFile { return (.none, nil) }
            return (
                .none,
                reason("TokenFile= in [Status] cannot be read (\(error.reason)), so that no token is right")
            )
        }
    }

    private static func reason(_ what: String) -> Reason {
        Reason(
            code: "tokens",
            text: "\(what.prefix(1).uppercased())\(what.dropFirst()). Mend it, and reload flipd.")
    }

    /// Kept, so that nobody is asked for a token again after a restart. Where it cannot be kept, everybody is.
    private static func key(in state: Path) -> String {
        let file = state / "session.key"
        if let known = try? Files.read(file, limit: 256), !known.isEmpty {
            return String(decoding: known, as: UTF8.self)
        }
        let key = Secret.new()
        try? Files.unlink(file)
        try? Durable.create(file, Array(key.utf8), mode: 0o600)
        return key
    }
}
