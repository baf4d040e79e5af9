// Just enough of Swift's grammar to find comments, strings and the ends of functions in our own sources.

/// A file's lines with what stands in strings and comments taken out, so that braces count.
struct SwiftCode {
    let lines: [String]

    init(_ file: TextFile) {
        var reader = Reader(characters: Array(file.text))
        lines = reader.read().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    struct Function {
        let line: Int
        let length: Int
    }

    /// Every function and initializer with a body.
    var functions: [Function] {
        let beginning = /^ *(?:[@a-z]+(?:\([a-zA-Z]*\))? )*(?:func [^ ]+|init[?(<]|deinit)/
        return lines.indices.compactMap { index in
            guard lines[index].contains(beginning) else { return nil }
            return length(ofFunctionAt: index).map { Function(line: index + 1, length: $0) }
        }
    }

    /// From its first line to the brace that closes its body.
    private func length(ofFunctionAt first: Int) -> Int? {
        var (parentheses, braces, isOpen) = (0, 0, false)
        for index in first..<lines.count {
            for character in lines[index] {
                switch character {
                case "(", "[": parentheses += 1
                case ")", "]": parentheses -= 1
                // A closure among the parameters is no body.
                case "{" where parentheses == 0 || isOpen:
                    braces += 1
                    isOpen = true
                case "}" where isOpen: braces -= 1
                default: break
                }
            }
            if isOpen, braces == 0 { return index - first + 1 }
        }
        return nil
    }
}

private struct Reader {
    let characters: [Character]
    private var at = 0
    private var code = ""

    init(characters: [Character]) { self.characters = characters }

    mutating func read() -> String {
        while at < characters.count {
            if begins("//") {
                skip { $0 == "\n" }
            } else if let quote = stringQuote() {
                at += quote.count
                string(endingWith: quote)
            } else {
                code.append(characters[at])
                at += 1
            }
        }
        return code
    }

    private func begins(_ text: String) -> Bool { characters[at...].starts(with: text) }

    private mutating func skip(until isEnd: (Character) -> Bool) {
        while at < characters.count, !isEnd(characters[at]) { at += 1 }
    }

    /// `"`, `"""`, or either behind a `#`.
    private func stringQuote() -> String? {
        ["#\"\"\"", "#\"", "\"\"\"", "\""].first { begins($0) }
    }

    private mutating func string(endingWith opening: String) {
        let isRaw = opening.hasPrefix("#")
        let end = String(opening.reversed())
        while at < characters.count, !begins(end) {
            if begins(isRaw ? "\\#(" : "\\(") {
                interpolation()
            } else if !isRaw, characters[at] == "\\" {
                at += 2
            } else {
                // Lines must stay lines.
                if characters[at] == "\n" { code.append("\n") }
                at += 1
            }
        }
        at += end.count
    }

    /// Up to its closing parenthesis; strings may stand in it.
    private mutating func interpolation() {
        skip { $0 == "(" }
        var depth = 0
        repeat {
            if let quote = stringQuote() {
                at += quote.count
                string(endingWith: quote)
                continue
            }
            if characters[at] == "(" { depth += 1 }
            if characters[at] == ")" { depth -= 1 }
            at += 1
        } while depth > 0 && at < characters.count
    }
}
