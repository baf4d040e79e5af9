// What `flip-worker --check` says: codecs, their versions, and what the kernel offers for its sandbox.
internal import Model
internal import Platform

struct WorkerCheck {
    let findings: [Finding]

    init(_ worker: Path?) {
        guard let worker else {
            findings = [
                Finding(
                    .unknown, "codecs",
                    "It is not known where flip-worker is. Install flipd anew if it is missing."),
                Finding(.unknown, "sandbox", "Only flip-worker can tell."),
            ]
            return
        }
        let check: Program
        do { check = try Program.run([worker.text, "--check"], environment: Doctor.environment) } catch {
            findings = [
                Finding(
                    .critical, "codecs", "\(worker.text) cannot be run (\(error.reason)). Install flipd anew."),
                Finding(.unknown, "sandbox", "Only flip-worker can tell."),
            ]
            return
        }
        findings = Self.findings(String(decoding: check.output, as: UTF8.self), check)
    }

    private static func findings(_ said: String, _ check: Program) -> [Finding] {
        var answers: [(name: String, answer: String)] = []
        for line in said.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.drop { $0 == " " } }
            if parts.count == 2 { answers.append((String(parts[0]), String(parts[1]))) }
        }
        let sandbox = answers.filter { ["Landlock", "seccomp"].contains($0.name) }
        return [codecs(answers, check), Self.sandbox(sandbox)]
    }

    private static func codecs(_ answers: [(name: String, answer: String)], _ check: Program) -> Finding {
        let tools = ["encoder ", "decoder ", "filter "]
        let lacking = answers.filter { answer in
            answer.answer == "no" && tools.contains { answer.name.hasPrefix($0) }
        }
        if !lacking.isEmpty {
            let names = lacking.map(\.name).joined(separator: ", ")
            return Finding(
                .critical, "codecs",
                "Missing: \(names). Install Debian's libavcodec-extra and libx264, then flipd anew.")
        }
        guard check.how == .exited(0), !answers.isEmpty else {
            let why = check.complaints.first.map { " (\($0))" } ?? ""
            return Finding(.critical, "codecs", "flip-worker cannot work\(why). Install flipd anew.")
        }
        let versions = ["libx264", "libavcodec", "libavformat", "libvips"].compactMap { name in
            answers.first { $0.name == name }.map { "\(name) \($0.answer)" }
        }
        return Finding(.well, "codecs", versions.joined(separator: ", "))
    }

    private static func sandbox(_ offers: [(name: String, answer: String)]) -> Finding {
        if offers.isEmpty { return Finding(.unknown, "sandbox", "flip-worker does not tell.") }
        let lacks = offers.filter { $0.answer == "no" }.map(\.name)
        if lacks.isEmpty {
            return Finding(.well, "sandbox", offers.map { "\($0.name) \($0.answer)" }.joined(separator: ", "))
        }
        return Finding(
            .warning, "sandbox",
            "This kernel lacks \(lacks.joined(separator: " and ")), so workers are less locked in. Debian's own kernel has both."
        )
    }
}
