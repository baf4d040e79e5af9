// What flipd is told: every key, its default and what it may say. `etc/flipd.conf` shows the same to people.
import Model
import Platform

struct Configuration: Sendable {
    var incoming = Path("/srv/flipd/incoming")
    var library = Path("/srv/flipd/library")
    var state = Path("/var/lib/flipd")

    var settle_s = 5.0
    var emptyAfter_s = 60.0
    var patience_s = 600.0
    var maxVideo_bytes: Int64 = 8 << 30
    var maxPhoto_bytes: Int64 = 200 << 20
    var rescan_s = 300.0
    var ignore: [String] = []
    var receipts = true

    var recipe = Recipe()

    var originals = OriginalsKept.for(seconds: 30 * 86400)
    var trash_s = 30 * 86400.0
    var snapshots = Snapshots.Kept()

    var jobs = 1
    /// 0 is `auto`.
    var threads = 0
    var stall_s = 600.0
    var memory_bytes: Int64 = 4 << 30
    var launch: [String] = []

    var socket = Path("/run/flipd/status.sock")
    var socketGroup = "flipd"

    var backup: BackupDestination?
    var warnAfter_s = 172_800.0

    var notifyUrl = ""

    /// Everything below one folder, for running without any installation.
    static func rooted(at root: Path) -> Configuration {
        var configuration = Configuration()
        configuration.incoming = root / "incoming"
        configuration.library = root / "library"
        configuration.state = root / "state"
        configuration.socket = root / "run/status.sock"
        configuration.socketGroup = ""
        return configuration
    }

    /// Below the state folder.
    var ledger: Path { state / "ledger.sqlite" }

    /// Whether a reload may change it; the rest needs a restart.
    func differsOnlyInReloadable(from other: Configuration) -> Bool {
        (incoming, library, state, socket, socketGroup)
            == (other.incoming, other.library, other.state, other.socket, other.socketGroup)
            && (settle_s, emptyAfter_s, patience_s, rescan_s, ignore, notifyUrl)
                == (
                    other.settle_s, other.emptyAfter_s, other.patience_s, other.rescan_s, other.ignore,
                    other.notifyUrl
                )
            && (maxVideo_bytes, maxPhoto_bytes) == (other.maxVideo_bytes, other.maxPhoto_bytes)
    }
}

/// How long originals stay in the library.
enum OriginalsKept: Hashable {
    case forever
    /// Not longer than until the published asset was verified.
    case none
    /// From the publication on, and then until a backup has them.
    case `for`(seconds: Double)

    init?(_ text: String) {
        switch text {
        case "forever": self = .forever
        case "none": self = .none
        default:
            guard let seconds = Quantity.duration_s(text), (1...3_153_600_000).contains(seconds) else {
                return nil
            }
            self = .for(seconds: seconds)
        }
    }
}

/// One key: where it stands, its default as one would write it, what is allowed, and how it is read.
struct ConfigurationKey: Sendable {
    let section: String
    let name: String
    let standard: String
    let allowed: String
    /// False if the value is not allowed.
    let read: @Sendable (String, inout Configuration) -> Bool

    /// In the order of `etc/flipd.conf`. A key arrives with its capability.
    static let all: [ConfigurationKey] =
        folders + intake + video + keep + worker + status + backup + notify

    private static let folders = [
        folder("Incoming", "/srv/flipd/incoming", \.incoming),
        folder("Library", "/srv/flipd/library", \.library),
        folder("State", "/var/lib/flipd", \.state),
    ]

    private static let intake = [
        duration("Intake", "Settle", "5s", 0.1...3600, \.settle_s),
        duration("Intake", "EmptyAfter", "60s", 0...86400, \.emptyAfter_s),
        duration("Intake", "Patience", "10min", 0...86400, \.patience_s),
        size("Intake", "MaxVideoSize", "8G", "1K", "16T", \.maxVideo_bytes),
        size("Intake", "MaxPhotoSize", "200M", "1K", "16T", \.maxPhoto_bytes),
        duration("Intake", "Rescan", "5min", 1...86400, \.rescan_s),
        ConfigurationKey(
            section: "Intake", name: "Ignore", standard: "",
            allowed: "names in which * stands for anything, separated by spaces, without a slash"
        ) { text, configuration in
            configuration.ignore = text.split(separator: " ").map(String.init)
            return !text.contains("/")
        },
        yesOrNo("Intake", "Receipts", "yes", \.receipts),
    ]

    private static let video = [
        whole("Video", "LongSide", "2400", 160...8192) { $0.recipe.longSide = $1 },
        whole("Video", "Quality", "23", 10...40) { $0.recipe.quality = $1 },
        ConfigurationKey(
            section: "Video", name: "Preset", standard: "medium",
            allowed: "one of " + Recipe.presets.joined(separator: ", ")
        ) { text, configuration in
            configuration.recipe.preset = text
            return Recipe.presets.contains(text)
        },
        ConfigurationKey(
            section: "Video", name: "AudioBitrate", standard: "128k", allowed: "a bit rate from 32k to 320k"
        ) { text, configuration in
            guard let rate = Quantity.bitRate(text), (32_000...320_000).contains(rate) else { return false }
            configuration.recipe.audioBitrate = rate
            return true
        },
        whole("Video", "MaxFps", "60", 10...240) { $0.recipe.maxFrameRate = $1 },
        yesOrNo("Video", "CopyWhenPlayable", "yes", \.recipe.copyWhenPlayable),
        duration("Video", "MaxDuration", "6h", 1...604_800, \.recipe.maxDuration_s),
    ]

    private static let keep = [
        ConfigurationKey(
            section: "Keep", name: "Originals", standard: "30d",
            allowed: "a duration from 1s to 36500d, such as 30d, or forever, or none"
        ) { text, configuration in
            guard let kept = OriginalsKept(text) else { return false }
            configuration.originals = kept
            return true
        },
        duration("Keep", "Trash", "30d", 1...3_153_600_000, \.trash_s),
        whole("Keep", "SnapshotsDaily", "7", 1...366) { $0.snapshots.days = $1 },
        whole("Keep", "SnapshotsWeekly", "5", 0...520) { $0.snapshots.weeks = $1 },
    ]

    private static let worker = [
        whole("Worker", "Jobs", "1", 1...64) { $0.jobs = $1 },
        ConfigurationKey(
            section: "Worker", name: "Threads", standard: "auto",
            allowed: "auto, or a whole number from 1 to 128"
        ) { text, configuration in
            if text == "auto" {
                configuration.threads = 0
                return true
            }
            guard let count = Int(text), (1...128).contains(count) else { return false }
            configuration.threads = count
            return true
        },
        duration("Worker", "Stall", "10min", 1...86400, \.stall_s),
        size("Worker", "Memory", "4G", "256M", "1T", \.memory_bytes),
        ConfigurationKey(
            section: "Worker", name: "Launch", standard: "", allowed: "a command and its words, or nothing"
        ) { text, configuration in
            configuration.launch = text.split(separator: " ").map(String.init)
            return true
        },
    ]

    private static let status = [
        ConfigurationKey(
            section: "Status", name: "Socket", standard: "/run/flipd/status.sock",
            allowed: "a path from the root, at most 107 bytes long"
        ) { text, configuration in
            configuration.socket = Path(text)
            return text.hasPrefix("/") && text.utf8.count <= 107
        },
        ConfigurationKey(
            section: "Status", name: "SocketGroup", standard: "flipd",
            allowed: "the name of a group, or nothing"
        ) { text, configuration in
            configuration.socketGroup = text
            return !text.contains(" ")
        },
    ]

    private static let backup = [
        ConfigurationKey(
            section: "Backup", name: "Destination", standard: "",
            allowed: "a path from the root, or host:path or user@host:path, or nothing"
        ) { text, configuration in
            configuration.backup = BackupDestination(text)
            return text.isEmpty || configuration.backup != nil
        },
        duration("Backup", "WarnAfter", "2d", 3600...31_536_000, \.warnAfter_s),
    ]

    private static let notify = [
        ConfigurationKey(
            section: "Notify", name: "Url", standard: "",
            allowed: "an address that begins with http:// or https://, or nothing"
        ) { text, configuration in
            configuration.notifyUrl = text
            return text.isEmpty || text.hasPrefix("http://") || text.hasPrefix("https://")
        }
    ]

    // MARK: Kinds of keys

    private static func folder(
        _ name: String, _ standard: String, _ place: any WritableKeyPath<Configuration, Path> & Sendable
    ) -> ConfigurationKey {
        ConfigurationKey(section: "Folders", name: name, standard: standard, allowed: "a path from the root") {
            text, configuration in
            let names = text.split(separator: "/").filter { $0 != "." }
            guard text.hasPrefix("/"), !names.contains("..") else { return false }
            // In one way of writing only, so that paths can be compared.
            configuration[keyPath: place] = Path("/" + names.joined(separator: "/"))
            return true
        }
    }

    private static func duration(
        _ section: String, _ name: String, _ standard: String, _ range: ClosedRange<Double>,
        _ place: any WritableKeyPath<Configuration, Double> & Sendable
    ) -> ConfigurationKey {
        let allowed =
            "a duration from \(Quantity.text(range.lowerBound)) to \(Quantity.text(range.upperBound)), such as 90s or 5min"
        return ConfigurationKey(section: section, name: name, standard: standard, allowed: allowed) {
            text, configuration in
            guard let seconds = Quantity.duration_s(text), range.contains(seconds) else { return false }
            configuration[keyPath: place] = seconds
            return true
        }
    }

    private static func yesOrNo(
        _ section: String, _ name: String, _ standard: String,
        _ place: any WritableKeyPath<Configuration, Bool> & Sendable
    ) -> ConfigurationKey {
        ConfigurationKey(section: section, name: name, standard: standard, allowed: "yes or no") {
            text, configuration in
            configuration[keyPath: place] = text == "yes"
            return text == "yes" || text == "no"
        }
    }

    private static func size(
        _ section: String, _ name: String, _ standard: String, _ least: String, _ most: String,
        _ place: any WritableKeyPath<Configuration, Int64> & Sendable
    ) -> ConfigurationKey {
        ConfigurationKey(
            section: section, name: name, standard: standard, allowed: "a size from \(least) to \(most)"
        ) { text, configuration in
            guard let least = Quantity.size(least), let most = Quantity.size(most),
                let size = Quantity.size(text), (least...most).contains(size)
            else { return false }
            configuration[keyPath: place] = size
            return true
        }
    }

    private static func whole(
        _ section: String, _ name: String, _ standard: String, _ range: ClosedRange<Int>,
        _ set: @escaping @Sendable (inout Configuration, Int) -> Void
    ) -> ConfigurationKey {
        let allowed = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return ConfigurationKey(section: section, name: name, standard: standard, allowed: allowed) {
            text, configuration in
            guard let value = Int(text), range.contains(value) else { return false }
            set(&configuration, value)
            return true
        }
    }
}

/// Numbers as people write them.
enum Quantity {
    /// `s min h d`; a bare number is seconds.
    static func duration_s(_ text: String) -> Double? {
        scaled(text, ["": 1, "s": 1, "min": 60, "h": 3600, "d": 86400])
    }

    /// `K M G T`, powers of 1024; a bare number is bytes.
    static func size(_ text: String) -> Int64? {
        let units: [String: Double] = ["": 1, "K": 0x1p10, "M": 0x1p20, "G": 0x1p30, "T": 0x1p40]
        return scaled(text, units).map { Int64($0) }
    }

    /// `k` is a thousand.
    static func bitRate(_ text: String) -> Int? { scaled(text, ["": 1, "k": 1000]).map { Int($0) } }

    private static func scaled(_ text: String, _ units: [String: Double]) -> Double? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let number = Double(digits), let factor = units[String(unit)], number * factor < 1e18 else {
            return nil
        }
        return number * factor
    }

    /// A duration in its largest whole unit.
    static func text(_ seconds: Double) -> String {
        for (unit, factor) in [("d", 86400.0), ("h", 3600), ("min", 60)]
        where seconds >= factor && seconds.remainder(dividingBy: factor) == 0 {
            return "\(Int(seconds / factor))\(unit)"
        }
        return seconds == seconds.rounded() ? "\(Int(seconds))s" : "\(seconds)s"
    }
}
