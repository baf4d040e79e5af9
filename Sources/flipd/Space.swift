// The archive's disk, and the files that wait for room on it.
import Library
import Model
import Platform

@Loop
final class Space {
    private let library: Path
    /// What the files that are being taken will need.
    private var promised: [Path: Int64] = [:]
    /// What will be made of those that are taken and on their way.
    private var toCome: [AssetID: Int64] = [:]
    private var toCome_bytes: Int64 = 0
    private var short: [Path: Room.Shortage] = [:]
    private let announcement = Announcement()

    /// A file that waits for room is asked about this often.
    private static let again_s = 5.0

    init(library: Path) { self.library = library }

    /// Keeps room for a file; answers how many seconds to wait where there is none.
    func reserve(_ bytes: Int64, for path: Path) throws(Errno) -> Double? {
        let space = try Files.space(at: library)
        let room = Room(total_bytes: space.total, free_bytes: space.free)
        let promised_bytes = promised.values.reduce(toCome_bytes, +)
        guard let shortage = room.shortage(for: bytes, promised: promised_bytes) else {
            promised[path] = Room.need(of: bytes)
            forget(path)
            return nil
        }
        short[path] = shortage
        announcement.becomes(Problem.diskFull.rawValue) { [weak self] in
            guard let least = self?.least else { return }
            Log.write(
                .fault, .warning, Self.text(least.key, least.value), problem: .diskFull, source: least.key)
        }
        // The more files wait, the longer, so that asking stays cheap.
        return max(Self.again_s, Double(short.count) / 100)
    }

    /// Whether a file is being taken.
    var isPromised: Bool { !promised.isEmpty }

    /// A file was taken, or not.
    func release(_ path: Path) { promised[path] = nil }

    /// A file does not wait for room any more: there is some, or it was taken away by staff.
    func forget(_ path: Path) {
        guard short.removeValue(forKey: path) != nil, short.isEmpty else { return }
        announcement.becomes("") { Log.write(.recovered, .notice, "No file waits for room any more.") }
    }

    func isShort(for path: Path) -> Bool { short[path] != nil }

    func expect(_ asset: Asset) {
        let bytes = Room.product(of: asset.source.bytes)
        toCome_bytes += bytes - (toCome.updateValue(bytes, forKey: asset.id) ?? 0)
    }

    func ended(_ id: AssetID) { toCome_bytes -= toCome.removeValue(forKey: id) ?? 0 }

    /// Named is the file that needs least: so much room lets something go on.
    private var least: (key: Path, value: Room.Shortage)? {
        short.min { ($0.value.need_bytes, $0.key) < ($1.value.need_bytes, $1.key) }
    }

    var reason: Reason? {
        least.map { Reason(code: Problem.diskFull.rawValue, text: Self.text($0.key, $0.value)) }
    }

    private static func text(_ path: Path, _ shortage: Room.Shortage) -> String {
        """
        The intake waits: \(path.text) needs \(ByteCount.text(shortage.need_bytes)) on the archive's disk, \
        and \(ByteCount.text(shortage.free_bytes)) are free. \(Problem.diskFull.remedy)
        """
    }
}
