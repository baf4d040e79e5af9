// Which part of a file a client wants, if it wants any of it: Range, If-Range, If-None-Match (RFC 9110). Pure.

/// The headers that decide it.
struct FileConditions: Sendable {
    var method = "GET"
    var range: String?
    var ifRange: String?
    var ifNoneMatch: String?
}

enum FilePart: Hashable, Sendable {
    case whole
    case part(first: Int64, last: Int64)
    /// The client has it already.
    case notModified
    /// It asked for bytes beyond the end.
    case outside

    init(_ wish: FileConditions, size: Int64, tag: String) {
        if let known = wish.ifNoneMatch, Self.names(known, tag) {
            self = .notModified
        } else if let range = wish.range, wish.method == "GET", wish.ifRange == nil || wish.ifRange == tag {
            self = Self.read(range, size: size)
        } else {
            self = .whole
        }
    }

    /// One range: `bytes=a-b`, `bytes=a-` or `bytes=-n`. Several, other units and nonsense ask for the whole
    /// file, as the RFC allows: no player sends them, and answering in parts would be much machinery.
    private static func read(_ header: String, size: Int64) -> FilePart {
        let text = header.utf8
        let unit = "bytes=".utf8
        guard text.count > unit.count, String(text.prefix(unit.count))?.lowercased() == "bytes=" else {
            return .whole
        }
        let ends = text.dropFirst(unit.count).split(
            separator: UInt8(ascii: "-"), maxSplits: 1, omittingEmptySubsequences: false)
        guard ends.count == 2 else { return .whole }
        switch (ends[0].isEmpty, ends[1].isEmpty) {
        case (true, true): return .whole
        case (true, false):
            guard let count = number(ends[1]) else { return .whole }
            return count == 0 || size == 0 ? .outside : .part(first: max(0, size - count), last: size - 1)
        case (false, true):
            guard let first = number(ends[0]) else { return .whole }
            return first >= size ? .outside : .part(first: first, last: size - 1)
        case (false, false):
            guard let first = number(ends[0]), let last = number(ends[1]), first <= last else { return .whole }
            return first >= size ? .outside : .part(first: first, last: min(last, size - 1))
        }
    }

    /// Digits only. A number too large for us is larger than any file, and stays so.
    private static func number(_ digits: some Collection<UInt8>) -> Int64? {
        var value: Int64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, more) = tens.addingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
            value = overflow || more ? Int64.max : sum
        }
        return value
    }

    /// Whether a list of tags names this one; a weak tag names it too.
    private static func names(_ list: String, _ tag: String) -> Bool {
        list.split(separator: ",").contains { entry in
            var entry = entry.drop { $0 == " " || $0 == "\t" }
            while let last = entry.last, last == " " || last == "\t" { entry.removeLast() }
            if entry == "*" { return true }
            if entry.hasPrefix("W/") { entry = entry.dropFirst(2) }
            return entry == tag
        }
    }
}
