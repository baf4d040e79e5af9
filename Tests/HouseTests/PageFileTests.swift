// The form of the page's files: plain, safe with strangers' names, and each of them used.
import Testing

struct PageFileTests {
    static let longest = 300

    @Test(arguments: Repository.page) func everyFileIsShortAndSaysWhatItIs(_ file: TextFile) {
        #expect(file.lines.count <= Self.longest, "\(file.path) has \(file.lines.count) lines")
        switch file.path.split(separator: ".").last {
        case "js": #expect(file.lines[0].hasPrefix("// "), "\(file.path) does not say what it is")
        case "css": #expect(file.lines[0].hasPrefix("/* "), "\(file.path) does not say what it is")
        case "html", "svg": break
        default: Issue.record("\(file.path) is none of what flipd serves as its page")
        }
    }

    /// What makes markup or code of a text, what the Content-Security-Policy forbids, and what is somewhere else.
    static let never = [
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "style=\"",
        "<style",
        "onclick=\"", "javascript:", "https://", "localStorage", "console.",
    ]

    @Test(arguments: Repository.page) func namesStayTextAndNothingComesFromElsewhere(_ file: TextFile) {
        for (number, line) in file.lines.enumerated() {
            for word in Self.never {
                #expect(!line.contains(word), "\(file.path):\(number + 1): \(word)")
            }
            // SVG's own name looks like an address.
            let rest = line.replacing("http://www.w3.org/2000/svg", with: "")
            #expect(!rest.contains("http://"), "\(file.path):\(number + 1) leads elsewhere")
        }
    }

    @Test func everyModuleIsLoadedAndNoneIsMissing() throws {
        let modules = Repository.page.filter { $0.path.hasSuffix(".js") }
        #expect(modules.count > 5)
        let index = try Repository.read("web/index.html").text
        let code = modules.map(\.text).joined(separator: "\n")
        for module in modules {
            let isImported =
                code.contains("\"./\(module.name)\"") || code.contains("\"\(module.name.dropLast(3))\"")
            #expect(isImported || index.contains("src=\"/page/\(module.name)\""), "nobody loads \(module.path)")
        }
        for name in index.matches(of: /\/page\/([a-z.]+)/).map({ String($0.1) }) {
            #expect(Repository.page.contains { $0.name == name }, "web/\(name) is missing")
        }
    }
}
