// Numbers, times and names as people read them. Pure.
internal import Glibc
internal import Model

enum Text {
    /// Names come from strangers: what would steer a terminal, or hide itself, shows as U+FFFD.
    static func harmless(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { result.append(isHarmful(scalar) ? "\u{FFFD}" : scalar) }
        return String(result)
    }

    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        // Escape sequences begin with a control character; format characters turn the writing direction
        // around or take no room.
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: true
        default: false
        }
    }

    /// "3 h 20 min", never with more than two units.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e12 else { return "very long" }
        let whole = Int(max(0, seconds).rounded())
        let (days, hours, minutes) = (whole / 86400, whole / 3600 % 24, whole / 60 % 60)
        if days > 0 { return count(days, "day") + (hours > 0 && days < 10 ? " \(hours) h" : "") }
        if hours > 0 { return "\(hours) h" + (minutes > 0 ? " \(minutes) min" : "") }
        if minutes > 0 { return "\(minutes) min" + (minutes < 10 && whole % 60 > 0 ? " \(whole % 60) s" : "") }
        return "\(whole) s"
    }

    static func age(of moment: Timestamp, now: Timestamp) -> String {
        let seconds = now.seconds(since: moment)
        return seconds < 1 ? "just now" : "\(duration(seconds)) ago"
    }

    /// "2026-11-20 14:03", in the time of this place.
    static func local(_ moment: Timestamp) -> String {
        var seconds = time_t(moment.milliseconds / 1000)
        var parts = tm()
        guard localtime_r(&seconds, &parts) != nil else { return moment.description }
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
            + " \(two(parts.tm_hour)):\(two(parts.tm_min))"
    }

    /// When something was recorded: by the clock of the place where that was, as far as the file tells.
    static func recorded(_ moment: Timestamp, offset: String?, source: String?) -> String {
        let source = source ?? ""
        let clock = { (there: Timestamp) in there.description.prefix(16).replacing("T", with: " ") }
        if source.hasSuffix("(day only)") { return moment.day }
        // What that clock said in the first moment of 1970, as the moment that it was here.
        if let offset, let first = Timestamp("1970-01-01T00:00:00\(offset)") {
            return "\(clock(moment + -Double(first.milliseconds) / 1000)) (UTC\(offset))"
        }
        if source.hasSuffix(")") { return "\(clock(moment)) (the camera's clock)" }
        return source == Media.fileTime ? "\(local(moment)) (the file's own date)" : local(moment)
    }

    private static func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }

    /// "1 file", "2 files".
    static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    static func bar(_ progress: Double, width: Int = 20) -> String {
        let part = progress.isFinite ? min(1, max(0, progress)) : 0
        let full = Int(part * Double(width))
        let bar = String(repeating: "#", count: full) + String(repeating: ".", count: width - full)
        return "[\(bar)] \(padded(String(Int(part * 100)), 3, right: true)) %"
    }

    static func padded(_ text: String, _ width: Int, right: Bool = false) -> String {
        let gap = String(repeating: " ", count: max(0, width - text.count))
        return right ? gap + text : text + gap
    }

    static func cut(_ text: String, _ width: Int) -> String {
        text.count <= width ? text : text.prefix(max(0, width - 1)) + "…"
    }

    /// "Loom/1905/IMG_0042.MOV", made harmless.
    static func name(of sidecar: Sidecar) -> String {
        harmless(
            sidecar.collection.isEmpty ? sidecar.sourceName : "\(sidecar.collection)/\(sidecar.sourceName)")
    }

    static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
