// A line of words for people: how it is meant, and how it stands on a terminal. Pure.

struct Line {
    enum Tone {
        case good, warning, bad
    }

    var text: String
    var tone: Tone?

    init(_ text: String, _ tone: Tone? = nil) { (self.text, self.tone) = (text, tone) }

    /// The line as a few, none of them wider, those that follow set in like the first one's words. A word that is too long
    /// is left whole.
    func wrapped(_ width: Int) -> [Line] {
        let lead = text.prefix { $0 == " " || $0 == "-" }
        let indent = String(repeating: " ", count: lead.count)
        var lines: [String] = []
        var line = String(lead)
        for word in text.dropFirst(lead.count).split(separator: " ", omittingEmptySubsequences: false) {
            let isFirst = line.count == lead.count
            if !isFirst, line.count + 1 + word.count > width {
                lines.append(line)
                line = indent + word
            } else {
                line += (isFirst ? "" : " ") + word
            }
        }
        return (lines + [line]).map { Line($0, tone) }
    }

    /// With the colour that its tone has on a terminal.
    var coloured: String {
        switch tone {
        case .good: "\u{1B}[32m\(text)\u{1B}[0m"
        case .warning: "\u{1B}[33m\(text)\u{1B}[0m"
        case .bad: "\u{1B}[1;31m\(text)\u{1B}[0m"
        case nil: text
        }
    }
}

/// The room that a terminal has.
struct Screen {
    let width: Int
    let height: Int

    func wrapped(_ lines: [Line]) -> [Line] { lines.flatMap { $0.wrapped(width) } }
}
