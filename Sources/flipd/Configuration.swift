// What flipd is told: every key, its default and what it may say. `etc/flipd.conf` shows the same to people.
import Model
import Notify
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
    var photoRecipe = PhotoRecipe()

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
    var listen = ListenAddress("127.0.0.1:8420")
    var reading = ReadPolicy.local
    var tokenFile = Path("/etc/flipd/tokens")
    var publicURL = ""

    var backup: BackupDestination?
    var warnAfter_s = 172_800.0

    var mail = MailRules()
    var notifyUrl = ""

    /// Everything below one folder, for running without any installation.
    static func rooted(at root: Path) -> Configuration {
        var configuration = Configuration()
        configuration.incoming = root / "incoming"
        configuration.library = root / "library"
        configuration.state = root / "state"
        configuration.socket = root / "run/status.sock"
        configuration.socketGroup = ""
        configuration.listen = nil
        configuration.tokenFile = .empty
        return configuration
    }

    /// Below the state folder.
    var ledger: Path { state / "ledger.sqlite" }

    /// Whether a reload may change it; the rest needs a restart.
    func differsOnlyInReloadable(from other: Configuration) -> Bool {
        (incoming, library, state, socket, socketGroup, listen)
            == (other.incoming, other.library, other.state, other.socket, other.socketGroup, other.listen)
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
    /// Whether a password may stand in its value, as in an address: then that part is never shown.
    var mayHoldPassword = false
    /// False if the value is not allowed.
    let read: @Sendable (String, inout Configuration) -> Bool

    /// In the order of `etc/flipd.conf`. A key arrives with its capability.
    static let all: [ConfigurationKey] =
        folders + intake + video + photo + keep + worker + status + backup + notify

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
            section: "Video", name: "Preset", standard: Recipe.usualPreset,
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
        ConfigurationKey(
            section: "Status", name: "Listen", standard: "127.0.0.1:8420",
            allowed: "an address and a port, such as 127.0.0.1:8420, [::1]:8420 or 0.0.0.0:8420, or nothing"
        ) { text, configuration in
            configuration.listen = ListenAddress(text)
            return text.isEmpty || configuration.listen != nil
        },
        ConfigurationKey(
            section: "Status", name: "Read", standard: "local", allowed: "one of local, token, open"
        ) { text, configuration in
            guard let reading = ReadPolicy(rawValue: text) else { return false }
            configuration.reading = reading
            return true
        },
        ConfigurationKey(
            section: "Status", name: "TokenFile", standard: "/etc/flipd/tokens",
            allowed: "a path from the root, or nothing"
        ) { text, configuration in
            configuration.tokenFile = Path(text)
            return text.isEmpty || text.hasPrefix("/")
        },
        ConfigurationKey(
            section: "Status", name: "PublicUrl", standard: "",
            allowed: "an address that begins with http:// or https://, or nothing"
        ) { text, configuration in
            configuration.publicURL = text
            return text.isEmpty || text.hasPrefix("http://") || text.hasPrefix("https://")
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
            section: "Notify", name: "Mail", standard: "",
            allowed: "addresses such as anna@example.org, separated by spaces, or nothing"
        ) { text, configuration in
            configuration.mail.to = text.split { $0 == " " || $0 == "," }.map(String.init).unique
            return configuration.mail.to.allSatisfy(MailMessage.isAddress)
        },
        ConfigurationKey(
            section: "Notify", name: "MailFrom", standard: "",
            allowed: "an address such as flipd@example.org, or nothing"
        ) { text, configuration in
            configuration.mail.from = text
            return text.isEmpty || MailMessage.isAddress(text)
        },
        ConfigurationKey(
            section: "Notify", name: "Smtp", standard: "smtp://localhost",
            allowed:
                "smtp://HOST or smtps://HOST, with USER:PASSWORD@ before the host and :PORT after it where needed",
            mayHoldPassword: true
        ) { text, configuration in
            configuration.mail.server = MailServer(text)
            return configuration.mail.server != nil
        },
        duration("Notify", "MailAfter", "10min", 1...86400, \.mail.waits.after_s),
        yesOrNo("Notify", "Weekly", "no", \.mail.isWeekly),
        ConfigurationKey(
            section: "Notify", name: "Url", standard: "",
            allowed: "an address that begins with http:// or https://, or nothing", mayHoldPassword: true
        ) { text, configuration in
            configuration.notifyUrl = text
            return text.isEmpty || text.hasPrefix("http://") || text.hasPrefix("https://")
        },
    ]
}
