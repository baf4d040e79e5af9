// What the doctor says of one thing: a line for people, a number for monitoring.
internal import Model

/// How something is; the worst comes last.
enum Level: String, CaseIterable, Codable {
    case well, unknown, warning, critical

    /// For the shell, as monitoring has it; here the numbers mean something else than for the other commands.
    var exit: ExitCode {
        switch self {
        case .well: .done
        case .warning: .failed
        case .critical: .wrongUsage
        case .unknown: .unreachable
        }
    }

    var tone: Line.Tone? {
        switch self {
        case .well: .good
        case .unknown: nil
        case .warning: .warning
        case .critical: .bad
        }
    }
}

struct Finding: Codable {
    let name: String
    let level: Level
    /// How it is, and what to do about it.
    let text: String

    init(_ level: Level, _ name: String, _ text: String) {
        (self.level, self.name, self.text) = (level, name, text)
    }

    var line: Line {
        Line("\(Text.padded(level.rawValue, 9)) \(Text.padded(name, 13)) \(Text.harmless(text))", level.tone)
    }
}

struct Findings: Codable {
    let state: Level
    let findings: [Finding]

    init(_ findings: [Finding]) {
        self.findings = findings
        state = Level.allCases.last { level in findings.contains { $0.level == level } } ?? .unknown
    }
}
