// One mail as it goes over the line. Pure. Names in it come from strangers: whatever they hold, a header stays one header.
package import Model

package struct MailMessage: Hashable, Sendable {
    package var from: String
    package var to: [String]
    package var subject: String
    package var body: String
    package var at: Timestamp
    /// What no other mail has, such as an id and the machine's name.
    package var id: String

    package init(
        from: String, to: [String], subject: String, body: String, at: Timestamp, id: String
    ) {
        (self.from, self.to, self.subject) = (from, to, subject)
        (self.body, self.at, self.id) = (body, at, id)
    }

    /// Something that can stand between two brackets: no more is asked of an address than that it can do no harm.
    package static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let isPlain = text.utf8.allSatisfy {
            $0 > 0x20 && $0 < 0x7F && !Array("<>(),;:\"\\[]".utf8).contains($0)
        }
        return isPlain && parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && text.utf8.count < 255
    }

    /// Headers and body, each line ended as mail wants it.
    package var bytes: [UInt8] {
        let headers = [
            "From: flipd <\(from)>", "To: \(to.joined(separator: ",\r\n "))",
            "Subject: \(Self.encoded(subject))",
            "Date: \(Self.date(at))", "Message-ID: <\(id)>", "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64",
        ]
        // Base64 carries every name, and every length of line, through every server.
        let text = body.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
        let encoded = Array(Path(text).base64.utf8)
        let lines = stride(from: 0, to: encoded.count, by: Self.line_bytes).map {
            String(decoding: encoded[$0..<min($0 + Self.line_bytes, encoded.count)], as: UTF8.self)
        }
        return Array(((headers + [""] + lines).joined(separator: "\r\n") + "\r\n").utf8)
    }

    /// As long as a line of base64 may be.
    private static let line_bytes = 76
    /// What one encoded word of a header holds, so that with all around it no line is too long.
    private static let word_bytes = 42

    /// A header's text, as RFC 2047 has it; a line break in it is no line break any more.
    static func encoded(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } && !text.contains("=?")
        if isPlain && text.utf8.count <= line_bytes - 10 { return text }
        var words: [[UInt8]] = [[]]
        for scalar in text.unicodeScalars {
            let isControl = scalar.properties.generalCategory == .control
            let bytes = Array(String(isControl ? " " : Character(scalar)).utf8)
            // A character is never cut in two.
            if words[words.count - 1].count + bytes.count > word_bytes { words.append([]) }
            words[words.count - 1] += bytes
        }
        return words.map { "=?UTF-8?B?\(Path(bytes: $0).base64)?=" }.joined(separator: "\r\n ")
    }

    /// "Sat, 21 Nov 2026 20:33:06 +0000".
    static func date(_ moment: Timestamp) -> String {
        let text = Array(moment.description)
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        // The first day of 1970 was a Thursday.
        let day = max(0, moment.milliseconds) / 86_400_000 % 7
        let month = months[(Int(String(text[5..<7])) ?? 1) - 1]
        return "\(days[Int(day)]), \(String(text[8..<10])) \(month) \(String(text[0..<4]))"
            + " \(String(text[11..<19])) +0000"
    }
}
