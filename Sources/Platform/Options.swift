// The command line, read by getopt_long. Long names, with one letter where custom wants it (-h, -V); options
// and operands may come in any order, and `--` ends the options. What is wrong becomes one sentence with its name.
internal import CLinux
internal import Glibc

package struct Options: Sendable {
    /// An option that a program understands.
    package struct Known: Hashable, Sendable {
        package let name: String
        package let letter: Character?
        package let takesValue: Bool

        package static func flag(_ name: String, _ letter: Character? = nil) -> Known {
            Known(name: name, letter: letter, takesValue: false)
        }

        package static func value(_ name: String) -> Known {
            Known(name: name, letter: nil, takesValue: true)
        }
    }

    package struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String

        package init(_ description: String) { self.description = description }
    }

    /// What was given, in its order; flags have an empty value.
    package let given: [(name: String, value: String)]
    /// What is no option, in its order.
    package let operands: [String]

    package func has(_ name: String) -> Bool { given.contains { $0.name == name } }

    /// The value that was given last, which is the one that counts.
    package func value(of name: String) -> String? { given.last { $0.name == name }?.value }

    /// All values of an option that may be repeated.
    package func values(of name: String) -> [String] { given.filter { $0.name == name }.map(\.value) }

    /// Reads arguments without the program's own name. Not for two threads at once: getopt has globals.
    package init(_ arguments: [String], known: [Known]) throws(Failure) {
        var words: [UnsafeMutablePointer<CChar>?] = ([""] + arguments).map { strdup($0) } + [nil]
        let names: [UnsafeMutablePointer<CChar>?] = known.map { strdup($0.name) }
        defer { for word in words + names { free(word) } }
        // `val` is the option's place in `known`, beyond every letter that getopt could return.
        var table = known.indices.map { index in
            option(
                name: UnsafePointer(names[index]),
                has_arg: known[index].takesValue ? required_argument : no_argument, flag: nil,
                val: Self.firstCode + Int32(index))
        }
        table.append(option())
        // The colon in front keeps getopt from printing, and tells a missing value from an unknown option.
        let letters = ":" + String(known.compactMap(\.letter))
        var given: [(name: String, value: String)] = []
        flip_option_reset()
        while true {
            let code = flip_getopt_long(Int32(words.count - 1), &words, letters, &table)
            if code == -1 { break }
            guard let option = Self.match(code, among: known) else {
                let last = words[max(0, Int(flip_option_index()) - 1)].map { String(cString: $0) } ?? ""
                throw Failure(Self.complaint(last, arguments, known, isValueMissing: code == 0x3A))
            }
            given.append(
                (option.name, option.takesValue ? flip_option_argument().map { String(cString: $0) } ?? "" : "")
            )
        }
        self.given = given
        // getopt has moved the operands to the end.
        operands = words[Int(flip_option_index())...].compactMap { $0.map { String(cString: $0) } }
    }

    private static let firstCode: Int32 = 1000

    private static func match(_ code: Int32, among known: [Known]) -> Known? {
        if code >= firstCode { return known[Int(code - firstCode)] }
        return known.first { $0.letter?.asciiValue.map(Int32.init) == code }
    }

    private static func complaint(
        _ last: String, _ arguments: [String], _ known: [Known], isValueMissing: Bool
    ) -> String {
        if isValueMissing { return "\(last) needs a value" }
        let name = last.dropFirst(2).prefix { $0 != "=" }
        let matching =
            known.filter { $0.name == name }.first.map { [$0] } ?? known.filter { $0.name.hasPrefix(name) }
        guard last.hasPrefix("--"), last.contains("=") || matching.count != 1 else {
            // It was a letter. Within "-xyz" getopt does not say which, and may still stand before that word.
            let letters = known.compactMap(\.letter)
            let word = arguments.first { word in
                word.hasPrefix("-") && !word.hasPrefix("--")
                    && word.dropFirst().contains { !letters.contains($0) }
            }
            return "unknown option \(word ?? last)"
        }
        if matching.isEmpty { return "unknown option --\(name)" }
        if matching.count == 1 {
            return "--\(name) takes no value"
        }
        return "--\(name) could mean \(matching.map { "--\($0.name)" }.joined(separator: " or "))"
    }
}
