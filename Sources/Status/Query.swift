// Percent signs, and what stands after the question mark. Pure; what is wrong becomes a sentence.
internal import Model

enum PercentEncoding {
    /// Nil where a percent sign is not followed by two hexadecimal digits, or where a NUL hides.
    static func decode(_ text: some Collection<UInt8>, plusIsSpace: Bool = false) -> [UInt8]? {
        var decoded: [UInt8] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard let high = rest.popFirst().flatMap(value), let low = rest.popFirst().flatMap(value)
                else { return nil }
                decoded.append(high << 4 | low)
            } else {
                decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return decoded.contains(0) ? nil : decoded
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// `key=value` pairs as a form sends them. A pair with an empty value asks for nothing and is left out.
    static func parameters(
        _ query: some Collection<UInt8>, repeating repeated: String? = nil
    ) throws(RequestFailure) -> [(key: String, value: String)] {
        var found: [(key: String, value: String)] = []
        for pair in query.split(separator: UInt8(ascii: "&")) {
            let halves = pair.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = text(halves[0]), let value = halves.count == 2 ? text(halves[1]) : ""
            else { throw .bad("What stands after the question mark is not written correctly.") }
            if key != repeated, found.contains(where: { $0.key == key }) {
                throw .bad("“\(key)” is given twice.")
            }
            found.append((key, value))
        }
        return found
    }

    private static func text(_ piece: some Collection<UInt8>) -> String? {
        decode(piece, plusIsSpace: true).flatMap { String(validating: $0, as: UTF8.self) }
    }
}

/// What is to be read again.
package enum VerifyQuery: Hashable, Sendable {
    /// What is due.
    case share
    case all
    case assets(idPrefixes: [String])

    static func parse(_ query: some Collection<UInt8>) throws(RequestFailure) -> VerifyQuery {
        var ids: [String] = []
        var isAll = false
        for (key, value) in try PercentEncoding.parameters(query, repeating: "id") {
            switch (key, value) {
            case ("id", _): ids.append(try Request.idPrefix(value))
            case ("all", "1"): isAll = true
            default: throw .bad("“\(key)” is unknown here: “all=1” and “id” are not.")
            }
        }
        if isAll, !ids.isEmpty { throw .bad("“all” and “id” do not go together.") }
        return isAll ? .all : ids.isEmpty ? .share : .assets(idPrefixes: ids)
    }
}

extension AssetQuery {
    static func parse(_ query: some Collection<UInt8>) throws(RequestFailure) -> AssetQuery {
        var asked = AssetQuery()
        for (key, value) in try PercentEncoding.parameters(query) {
            guard keys.contains(key) else {
                throw .bad(
                    "“\(key)” is unknown here: \(keys.dropLast().joined(separator: ", ")) and after are not.")
            }
            if value.isEmpty { continue }
            switch key {
            case "state": asked.state = try choice(key, value)
            case "kind": asked.kind = try choice(key, value)
            case "collection": asked.collection = value
            case "ref": asked.ref = value
            case "name": asked.name = value
            case "tiles": asked.tiles = try yesOrNo(key, value)
            case "damaged": asked.damaged = try yesOrNo(key, value)
            case "limit":
                guard let limit = Int(value), (1...Limits.listPage).contains(limit) else {
                    throw .bad("“limit” must be a number from 1 to \(Limits.listPage).")
                }
                asked.limit = limit
            default:
                guard let id = AssetID(value) else { throw .bad("“after” must be an id, at full length.") }
                asked.after = id
            }
        }
        return asked
    }

    private static let keys = [
        "state", "kind", "collection", "ref", "name", "tiles", "damaged", "limit", "after",
    ]

    private static func yesOrNo(_ key: String, _ value: String) throws(RequestFailure) -> Bool {
        guard value == "yes" || value == "no" else { throw .bad("“\(key)” must be yes or no.") }
        return value == "yes"
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, _ value: String
    ) throws(RequestFailure) -> Choice {
        guard let choice = Choice(rawValue: value) else {
            let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw .bad("“\(key)” must be one of \(choices).")
        }
        return choice
    }
}

extension CameraName {
    static func parse(_ query: some Collection<UInt8>) throws(RequestFailure) -> CameraName {
        var asked = CameraName("")
        for (key, value) in try PercentEncoding.parameters(query) {
            guard key == "name" else { throw .bad("“\(key)” is unknown here: “name” is not.") }
            asked = CameraName(value)
        }
        if asked.isEmpty { throw .bad("“name” must say the name of a file, or a part of it.") }
        return asked
    }
}
