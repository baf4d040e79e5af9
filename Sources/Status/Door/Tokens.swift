// Who may change something over TCP, and read where reading is not free: names and their tokens. Pure.
internal import Platform

/// The lines of `TokenFile`: `NAME TOKEN`, or a lone word, which is a token named `token`. What follows a # at the beginning
/// of a line is a comment.
package struct Tokens: Sendable {
    private struct Entry {
        let name: String
        let token: String
        /// What the cookie of somebody who has said this token holds. Nobody can make it of a token alone, so that guessing
        /// cookies is no way to guess tokens.
        let session: String
    }

    private var entries: [Entry] = []
    /// The numbers of lines that say neither.
    package private(set) var badLines: [Int] = []
    package static let none = Tokens("", key: "")

    /// `key` is a secret of this archive.
    package init(_ text: String, key: String) {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (number, line) in zip(1..., lines) {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            guard let first = words.first, let token = words.last, !first.hasPrefix("#") else { continue }
            if words.count > 2 {
                badLines.append(number)
                continue
            }
            let name = words.count == 2 ? first : "token"
            entries.append(
                Entry(
                    name: name, token: token, session: Secret.derived(from: key, for: "flipd session \(token)"))
            )
        }
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// Every token is looked at, so that the time tells nothing.
    func name(ofToken token: String) -> String? {
        entries.reduce(nil) { Secret.isEqual($1.token, token) ? $1.name : $0 }
    }

    func name(ofSession session: String) -> String? {
        entries.reduce(nil) { Secret.isEqual($1.session, session) ? $1.name : $0 }
    }

    func knows(_ token: String) -> Bool { name(ofToken: token) != nil }

    func session(ofToken token: String) -> String? {
        entries.reduce(nil) { Secret.isEqual($1.token, token) ? $1.session : $0 }
    }
}
