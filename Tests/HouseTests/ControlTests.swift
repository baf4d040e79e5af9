// What flipctl says of itself, and what its manual says: command by command the same.
import Platform
import Testing

@testable import flipctl

struct ControlTests {
    @Test(arguments: Command.allCases) func everyCommandIsInItsHelpAndManual(_ command: Command) throws {
        #expect(Help.all.contains("\n  \(command.rawValue) "))
        #expect(command.help.hasPrefix("Usage: flipctl \(command.rawValue)"))
        let manual = try Repository.read("man/flipctl.1").lines
        #expect(
            manual.contains {
                $0 == ".It Cm \(command.rawValue)" || $0.hasPrefix(".It Cm \(command.rawValue) ")
            },
            "man/flipctl.1 does not know \(command.rawValue)")
        for option in command.options {
            #expect(command.help.contains("--\(option.name)"), "\(command.rawValue) --\(option.name)")
            #expect(manual.contains { $0.contains("Fl Fl \(option.name)") }, "man/flipctl.1: --\(option.name)")
        }
    }
}
