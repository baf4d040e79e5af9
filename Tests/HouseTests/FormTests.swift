// The form of our sources: short files and functions, nothing left lying about, no danger without its reason.
import Testing

struct FormTests {
    static let longestFile = 400
    static let longestFunction = 60

    @Test(arguments: Repository.swift) func filesAreShort(_ file: TextFile) {
        #expect(file.lines.count <= Self.longestFile, "\(file.path) has \(file.lines.count) lines")
    }

    @Test(arguments: Repository.swift) func functionsAreShort(_ file: TextFile) {
        for function in SwiftCode(file).functions {
            #expect(
                function.length <= Self.longestFunction,
                "\(file.path):\(function.line): this function has \(function.length) lines")
        }
    }

    @Test(arguments: Repository.sources + Repository.tests) func opensWithItsPage(_ file: TextFile) {
        let isPage = file.lines.prefix(12).contains { $0.hasPrefix("// ") || $0.hasPrefix("/// ") }
        #expect(isPage, "\(file.path) does not say what it is")
    }

    /// Written in two pieces, so that this file does not hold them.
    static let leftBehind = ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "try" + "!", "pri" + "nt("]

    @Test(arguments: Repository.swift) func nothingIsLeftBehind(_ file: TextFile) {
        for (number, line) in file.lines.enumerated() {
            for word in Self.leftBehind where line.contains(word) {
                #expect(
                    word.hasSuffix("(") && !isCall(of: word, in: line), "\(file.path):\(number + 1): \(word)")
            }
        }
    }

    /// Whether the word begins where it stands: `sprint(` is none.
    private func isCall(of word: String, in line: String) -> Bool {
        line.split(separator: word, omittingEmptySubsequences: false).dropLast().contains {
            $0.last.map { !$0.isLetter && $0 != "." && $0 != "_" } ?? true
        }
    }

    static let dangers = [
        "@unchecked " + "Sendable", "nonisolated(" + "unsafe)", "unsafe" + "BitCast", "fatal" + "Error(",
    ]

    @Test(arguments: Repository.swift) func dangerHasItsReason(_ file: TextFile) {
        for (number, line) in file.lines.enumerated() where Self.dangers.contains(where: { line.contains($0) })
        {
            let near = file.lines[max(0, number - 3)...number]
            #expect(near.contains { $0.contains("because") }, "\(file.path):\(number + 1) does not say why")
        }
    }

    @Test func theReaderOfSwiftFindsTheEndsOfFunctions() {
        let text = #"""
            func short(_ each: () -> Void = { _ in }) -> String { "}\("{".count)" }
            // func none() {
            struct S {
                private static func long(
                    _ a: Int
                ) throws(Failure)
                {
                    let text = """
                        func not() { }}
                        """
                    if a > 0 { say(text) }
                }
                init?(_ b: Int) { return nil }
            }
            """#
        let file = TextFile(path: "S.swift", lines: text.split(separator: "\n").map(String.init))
        let functions = SwiftCode(file).functions
        #expect(functions.map(\.line) == [1, 4, 13])
        #expect(functions.map(\.length) == [1, 9, 1])
    }
}
