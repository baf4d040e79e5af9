// Paths, each with a moment at which to look at it, the earliest first: a binary heap, so that ten thousand files that
// wait cost no more at each event than ten.
internal import Model

struct Alarms: Sendable {
    struct Alarm: Comparable, Sendable {
        let at: Double
        let path: Path

        static func < (a: Alarm, b: Alarm) -> Bool { a.at == b.at ? a.path < b.path : a.at < b.at }
    }

    /// No alarm is before the one at half its number.
    private var heap: [Alarm] = []

    var first: Alarm? { heap.first }

    mutating func add(_ alarm: Alarm) {
        heap.append(alarm)
        var place = heap.count - 1
        while place > 0, heap[place] < heap[(place - 1) / 2] {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    /// There must be one.
    mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var place = 0
        while true {
            let children = (2 * place + 1..<2 * place + 3).clamped(to: 0..<heap.count)
            guard let least = children.min(by: { heap[$0] < heap[$1] }), heap[least] < heap[place] else {
                return
            }
            heap.swapAt(place, least)
            place = least
        }
    }
}
