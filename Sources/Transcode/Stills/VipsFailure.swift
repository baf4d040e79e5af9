internal import CVips
internal import Model

/// What libvips said when it failed. Beyond this room nobody sees it: `refusal(else:)` says it in the words of the model.
struct VipsFailure: Error {
    let words: String

    /// Takes what libvips kept.
    init() {
        let lines = String(cString: vips_error_buffer()).split(whereSeparator: \.isNewline)
        let said = lines.map { $0.lowercased() }
        vips_error_clear()
        let line = lines.first.map { $0.drop { $0 == " " } } ?? ""
        // Libraries quote what they find in files, and people read this.
        words = String(line.prefix(120).filter { $0.isASCII && !$0.isNewline && ($0.asciiValue ?? 0) >= 0x20 })
        lacksMemory = said.contains { $0.contains("memory") || $0.contains("alloc") }
    }

    let lacksMemory: Bool

    func refusal(else problem: Problem) -> Refusal {
        if lacksMemory { return Refusal(.crashed, "It needed more memory than a job may use.") }
        return Refusal(problem, words.isEmpty ? nil : "(For experts: \(words).)")
    }
}

/// Calls of libvips in the words of the model: what fails without saying why makes the file a damaged one.
func refusing<Result>(_ work: () throws(VipsFailure) -> Result) throws(Refusal) -> Result {
    do throws(VipsFailure) { return try work() } catch { throw error.refusal(else: .corrupt) }
}
