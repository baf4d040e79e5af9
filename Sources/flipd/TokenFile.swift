// The file that says who may change something on the page.
import Model
import Platform
import Status

enum TokenFile {
    /// Far more names than a museum has.
    private static let limit_bytes = 1 << 16

    /// Without a file there are no tokens. One that cannot be read is the same, and told.
    static func read(_ file: Path) -> (tokens: Tokens, trouble: Reason?) {
        if file.isEmpty { return (.none, nil) }
        do {
            let tokens = Tokens(String(decoding: try Files.read(file, limit: limit_bytes), as: UTF8.self))
            guard let line = tokens.badLines.first else { return (tokens, nil) }
            return (tokens, reason("\(file.text):\(line): this is no name and its token"))
        } catch {
            return (.none, reason("\(file.text) cannot be read (\(error.reason)), so that no token is right"))
        }
    }

    private static func reason(_ what: String) -> Reason {
        Reason(code: "tokens", text: "\(what). Mend it, and reload flipd.")
    }
}
