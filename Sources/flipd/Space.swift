// The archive's disk, and the files that wait for room on it: nothing is begun that could not be finished.
import Library
import Model
import Platform

@Loop
final class Space {
    private struct Waiting {
        let shortage: Room.Shortage
        let askedAt: Double
    }

    private let library: Path
    /// What those that are being taken will need.
    private var promised: [Path: Int64] = [:]
    private var waiting: [Path: Waiting] = [:]

    /// A file that waits for room is asked about this often.
    private static let again_s = 5.0

    init(library: Path) { self.library = library }

    /// Keeps room for a file; answers how many seconds to wait where there is none.
    func reserve(_ bytes: Int64, for path: Path) throws(Errno) -> Double? {
        let space = try Files.space(at: library)
        let room = Room(total_bytes: space.total, free_bytes: space.free)
        let wasShort = isShort
        guard let shortage = room.shortage(for: bytes, promised: promised.values.reduce(0, +)) else {
            promised[path] = Room.need(of: bytes)
            waiting[path] = nil
            if wasShort, !isShort {
                Log.write(.recovered, .notice, "There is room again; what waited goes on.")
            }
            return nil
        }
        waiting[path] = Waiting(shortage: shortage, askedAt: Clock.monotonic_s())
        if !wasShort {
            Log.write(.fault, .warning, Self.text(path, shortage), problem: .diskFull, source: path)
        }
        return pause_s
    }

    /// A file was taken, or not.
    func release(_ path: Path) { promised[path] = nil }

    /// Named is the file that needs least: so much room lets something go on.
    var reason: Reason? {
        guard isShort,
            let (path, least) = waiting.min(by: {
                ($0.value.shortage.need_bytes, $0.key) < ($1.value.shortage.need_bytes, $1.key)
            })
        else { return nil }
        return Reason(code: Problem.diskFull.rawValue, text: Self.text(path, least.shortage))
    }

    private static func text(_ path: Path, _ shortage: Room.Shortage) -> String {
        """
        The intake waits: \(path.text) needs \(ByteCount.text(shortage.need_bytes)) on the archive's disk, \
        and \(ByteCount.text(shortage.free_bytes)) are free. \(Problem.diskFull.remedy)
        """
    }

    /// Whether any file waits. One that was not asked about again was taken away by staff.
    private var isShort: Bool {
        let before = Clock.monotonic_s() - 3 * pause_s
        waiting = waiting.filter { $0.value.askedAt > before }
        return !waiting.isEmpty
    }

    /// The more files wait, the longer, so that asking stays cheap.
    private var pause_s: Double { max(Self.again_s, Double(waiting.count) / 100) }
}
