// Server-sent events out of the pieces in which they come. Pure.
struct EventReader {
    struct Event: Equatable {
        var name = ""
        var data: [UInt8] = []
    }

    private var line: [UInt8] = []
    private var event = Event()

    mutating func take(_ bytes: [UInt8]) -> [Event] {
        var complete: [Event] = []
        for byte in bytes {
            if byte != UInt8(ascii: "\n") {
                line.append(byte)
                continue
            }
            if line.isEmpty {
                if !event.data.isEmpty { complete.append(event) }
                event = Event()
            } else {
                field(String(decoding: line, as: UTF8.self))
            }
            line.removeAll(keepingCapacity: true)
        }
        return complete
    }

    private mutating func field(_ text: String) {
        // A line that begins with a colon is a comment: it has no name before it.
        let halves = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = halves.first, halves.count == 2 else { return }
        let value = halves[1].first == " " ? halves[1].dropFirst() : halves[1]
        switch name {
        case "event": event.name = String(value)
        case "data": event.data += (event.data.isEmpty ? [] : [UInt8(ascii: "\n")]) + Array(value.utf8)
        default: break
        }
    }
}
