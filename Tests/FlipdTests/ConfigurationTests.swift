// The configuration: every key and its default, drop-ins, overrides, and all mistakes at once.
import Model
import Platform
import Scratch
import Testing

@testable import flipd

@Suite struct ConfigurationTests {
    private let scratch: Scratch
    private var file: Path { scratch / "flipd.conf" }

    init() throws { scratch = try Scratch() }

    private func load(_ text: String? = nil, set overrides: [String] = []) throws -> Configuration {
        if let text { try scratch.file("flipd.conf", text) }
        return try ConfigurationSource(file: text == nil ? nil : file, root: nil, overrides: overrides).load()
    }

    private func mistakes(_ text: String? = nil, set overrides: [String] = []) -> [String] {
        do {
            _ = try load(text, set: overrides)
            return []
        } catch let error as ConfigurationMistakes { return error.mistakes.map(\.sentence) } catch {
            return ["\(error)"]
        }
    }

    @Test(arguments: ConfigurationKey.all.indices)
    func everyDefaultReadsToTheDefault(_ index: Int) {
        let key = ConfigurationKey.all[index]
        var read = Configuration()
        #expect(key.read(key.standard, &read))
        #expect("\(read)" == "\(Configuration())", "\(key.section).\(key.name)")
        #expect(!key.allowed.isEmpty)
    }

    @Test func everyKeyStandsOnce() {
        let names = ConfigurationKey.all.map { "\($0.section).\($0.name)" }
        #expect(Set(names).count == names.count)
    }

    @Test(arguments: [
        ("Folders.Incoming", "relative"), ("Folders.Library", "/a/../b"), ("Folders.State", ""),
        ("Intake.Settle", "0"), ("Intake.Settle", "2h"), ("Intake.Settle", "5 weeks"), ("Intake.Settle", "-5s"),
        ("Intake.Settle", ""), ("Intake.Settle", "nan"), ("Intake.Settle", "1e3"), ("Intake.EmptyAfter", "2d"),
        ("Intake.Ignore", "a/b"), ("Video.LongSide", "100"), ("Video.LongSide", "99999999999999999999"),
        ("Video.LongSide", "2400.5"), ("Video.Quality", "0x17"), ("Video.Preset", "Medium"),
        ("Video.Preset", "placebo"), ("Video.AudioBitrate", "1"), ("Video.AudioBitrate", "128m"),
        ("Video.MaxFps", "9"), ("Video.MaxFps", "29.97"), ("Video.CopyWhenPlayable", "true"),
        ("Video.MaxDuration", "8d"), ("Photo.LongSide", "100"), ("Photo.Quality", "29"),
        ("Photo.Quality", "96"),
        ("Photo.Sizes", ""), ("Photo.Sizes", "150 150"), ("Photo.Sizes", "150 150x100"),
        ("Photo.Sizes", "1 2 3"), ("Photo.Sizes", "15"), ("Photo.Sizes", "4097"), ("Photo.Sizes", "300x15"),
        ("Photo.Sizes", "300x"), ("Photo.Sizes", "x300"), ("Photo.Sizes", "300x200x100"),
        ("Photo.Sizes", "300,150"), ("Photo.Sizes", "+300"), ("Photo.Sizes", "-300"),
        ("Photo.Sizes", "300X200"),
        ("Photo.Sizes", "20 30 40 50 60 70 80 90 100"), ("Photo.MaxPixels", "999999"),
        ("Photo.MaxPixels", "10.1G"), ("Photo.MaxPixels", "300m"), ("Photo.MaxPixels", "300MP"),
        ("Photo.MaxPixels", ""),
        ("Worker.Jobs", "0"), ("Worker.Jobs", "65"), ("Worker.Threads", "0"), ("Worker.Memory", "1"),
        ("Worker.Memory", "99999999999G"), ("Status.Socket", "status.sock"),
        ("Status.Socket", "/" + String(repeating: "x", count: 107)), ("Status.SocketGroup", "a b"),
        ("Keep.SnapshotsDaily", "0"), ("Keep.SnapshotsWeekly", "-1"), ("Backup.Destination", "backup"),
        ("Backup.Destination", "/"), ("Backup.Destination", "shelf::module/x"),
        ("Backup.Destination", "-oProxyCommand=x:y"), ("Backup.Destination", "shelf:"),
        ("Backup.Destination", "shelf:../x"), ("Backup.Destination", "a b:c"), ("Backup.WarnAfter", "10min"),
        ("Notify.Url", "ftp://x"), ("Notify.Mail", "anna"), ("Notify.MailFrom", "a b@c"),
        ("Notify.Smtp", "mail.example.org"), ("Notify.MailAfter", "0"), ("Notify.Weekly", "monday"),
    ])
    func whatIsNotAllowedSaysWhatIs(_ key: String, _ value: String) throws {
        let (section, name) = (key.prefix { $0 != "." }, key.drop { $0 != "." }.dropFirst())
        let allowed = try #require(
            ConfigurationKey.all.first { $0.section == String(section) && $0.name == String(name) }
        ).allowed
        let found = mistakes("# comment\n[\(section)]\n\n\(name)=\(value)\n")
        #expect(found == ["\(file.text):4: \(name)=\(value) is not allowed; it must be \(allowed)"])
        #expect(mistakes(set: ["\(key)=\(value)"]).first?.hasPrefix("--set \(key)=\(value): ") == true)
    }

    @Test func unknownKeysAndSectionsNameTheKnownOnes() {
        #expect(
            mistakes("[Video]\nQualty=23\n") == [
                "\(file.text):2: there is no key Qualty in [Video]; "
                    + "the keys are LongSide, Quality, Preset, AudioBitrate, MaxFps, CopyWhenPlayable, MaxDuration"
            ])
        let sections = "[Folders] [Intake] [Video] [Photo] [Keep] [Worker] [Status] [Backup] [Notify]"
        #expect(
            mistakes("[Vidio]\nQuality=23\n") == [
                "\(file.text):2: there is no section [Vidio]; the sections are \(sections)"
            ])
        #expect(
            mistakes("Quality=23\n") == [
                "\(file.text):1: Quality stands in no section; the sections are \(sections)"
            ])
        for override in ["Quality=23", "Video.Quality", "=", ""] {
            #expect(
                mistakes(set: [override]) == ["--set \(override): should look like Section.Key=VALUE"])
        }
    }

    @Test func everyMistakeIsToldAtOnce() throws {
        try scratch.file("flipd.conf.d/a.conf", "[Worker]\nJobs=none\n")
        let found = mistakes(
            "[Video]\nQuality=99\nwhat\n[Nothing]\na=b\n[Worker]\nJobs=0\n", set: ["Video.Preset=x"])
        #expect(found.count == 6)
        for part in ["conf:2", "conf:3", "conf:5", "conf:7", "a.conf:2", "--set"] {
            #expect(found.contains { $0.contains(part) }, "\(part)")
        }
    }

    @Test func laterFilesOverrideEarlierOnesAndTheCommandLineAll() throws {
        try scratch.file("flipd.conf.d/20.conf", "[Worker]\nJobs=3\n[Video]\nQuality=20\n")
        try scratch.file("flipd.conf.d/10.conf", "[Worker]\nJobs=2\n[Video]\nPreset=fast\n")
        try scratch.file("flipd.conf.d/30.conf~", "[Worker]\nJobs=4\n")
        try scratch.file("flipd.conf.d/.40.conf", "[Worker]\nJobs=5\n")
        let read = try load("[Worker]\nJobs=1\nStall=1h\n")
        #expect(read.jobs == 3 && read.recipe.quality == 20 && read.recipe.preset == "fast")
        #expect(read.stall_s == 3600)
        let overridden = try load("[Worker]\nJobs=1\n", set: ["Worker.Jobs=7", "Worker.Jobs=8"])
        #expect(overridden.jobs == 8 && overridden.recipe.quality == 20)
    }

    @Test func aFileThatIsNotThereIsAMistake() {
        let source = ConfigurationSource(file: scratch / "none.conf")
        let error = #expect(throws: ConfigurationMistakes.self) { try source.load() }
        #expect(
            error?.mistakes.map(\.sentence) == [
                "\((scratch / "none.conf").text): cannot be read (No such file or directory)"
            ])
    }

    @Test(arguments: [
        ("/a", "/a/b", "/c"), ("/a/b", "/a", "/c"), ("/a", "/b", "/a/state"), ("/a", "/a", "/c"),
        ("/a/", "/a//b", "/c"), ("/a", "/./a/b", "/c"), ("//a", "/a/b", "/c"), ("/", "/b", "/c"),
    ])
    func foldersDoNotStandInOneAnother(_ incoming: String, _ library: String, _ state: String) {
        let found = mistakes("[Folders]\nIncoming=\(incoming)\nLibrary=\(library)\nState=\(state)\n")
        #expect(!found.isEmpty && found.allSatisfy { $0.contains("must not stand in") }, "\(found)")
    }

    @Test func howPhotosAreMadeIsRead() throws {
        let read = try load("[Photo]\nLongSide=3000\nQuality=90\nSizes=800x600  16 4096x100\nMaxPixels=1.5G\n")
        let boxes = [(800, 600), (16, 16), (4096, 100)].map { PhotoRecipe.Box(width: $0.0, height: $0.1) }
        #expect(
            read.photoRecipe
                == PhotoRecipe(longSide: 3000, quality: 90, sizes: boxes, maxPixels: 1_500_000_000))
        #expect(try load().photoRecipe == PhotoRecipe())
    }

    @Test func foldersBesideOneAnotherAreFine() throws {
        let read = try load("[Folders]\nIncoming=/a/in/\nLibrary=/a/in2\nState=/a/state\n")
        #expect(read.incoming == Path("/a/in") && read.library == Path("/a/in2"))
    }

    @Test func aRootHoldsEverything() throws {
        let read = try ConfigurationSource(root: Path("/r"), overrides: ["Worker.Jobs=2"]).load()
        #expect(read.incoming == Path("/r/incoming") && read.library == Path("/r/library"))
        #expect(read.ledger == Path("/r/state/ledger.sqlite") && read.socket == Path("/r/run/status.sock"))
        #expect(read.socketGroup.isEmpty && read.jobs == 2)
    }

    @Test func onlySomeKeysAreReloaded() throws {
        let before = try load()
        for (set, isReloadable) in [
            ("Worker.Jobs=2", true), ("Video.Quality=20", true), ("Photo.Sizes=200", true),
            ("Intake.Settle=9s", false),
            ("Folders.State=/x", false), ("Status.Socket=/x", false),
        ] {
            #expect(try load(set: [set]).differsOnlyInReloadable(from: before) == isReloadable, "\(set)")
        }
    }
}

@Suite struct QuantityTests {
    @Test(
        arguments: [
            ("5s", 5), ("5", 5), ("1.5min", 90), ("2h", 7200), ("1d", 86400), ("5 min", 300), ("0", 0),
            (".5s", 0.5),
            ("", nil), ("s", nil), ("-5s", nil), ("5m", nil), ("5S", nil), ("1..2s", nil), ("inf", nil),
            ("٣s", nil),
            ("5s ", nil), ("99999999999999999999d", nil),
        ] as [(String, Double?)])
    func durationsAreRead(_ text: String, _ seconds: Double?) {
        #expect(Quantity.duration_s(text) == seconds)
    }

    @Test func sizesArePowersOf1024AndRatesOf1000() {
        #expect(Quantity.size("4G") == 4 << 30)
        #expect(Quantity.size("1.5K") == 1536 && Quantity.size("7") == 7 && Quantity.size("1T") == 1 << 40)
        #expect(Quantity.size("4g") == nil && Quantity.size("4GB") == nil)
        #expect(Quantity.count("300M") == 300_000_000 && Quantity.count("12500K") == 12_500_000)
        #expect(Quantity.count("7") == 7 && Quantity.count("1T") == nil && Quantity.count("1k") == nil)
        #expect(Quantity.bitRate("128k") == 128_000 && Quantity.bitRate("128K") == nil)
    }

    @Test func durationsAreWrittenInTheirLargestWholeUnit() {
        #expect(
            [0.1, 1, 60, 90, 3600, 86400, 0].map(Quantity.text) == [
                "0.1s", "1s", "1min", "90s", "1h", "1d", "0s",
            ])
    }
}
