// The database as a file: read while it is written, of another version, damaged, or not there.
import Glibc
import Model
import Platform
import Scratch
import Testing

@testable import Ledger

@Suite struct FileTests {
    private let scratch: Scratch
    private var path: Path { scratch / "ledger.sqlite" }

    init() throws { scratch = try Scratch() }

    private func failure(_ work: () throws -> Void) -> String {
        do {
            try work()
            return "none"
        } catch { return "\(error)" }
    }

    @Test func aNewerLedgerIsRefusedInAClearSentence() throws {
        do {
            let ledger = try Ledger(path)
            try ledger.connection.execute("PRAGMA user_version = 99")
        }
        let text = failure { _ = try Ledger(path) }
        #expect(text.contains("newer flipd") && text.contains("99"))
        #expect(failure { _ = try Ledger(path) } == text)
    }

    @Test func aWordOfANewerLedgerIsRefused() throws {
        let ledger = try Ledger(path)
        try ledger.put(leanAsset())
        try ledger.connection.execute("UPDATE asset SET stage = 'levitating'")
        #expect(failure { _ = try LedgerReader(of: ledger).asset(makeID()) } == "none", "another id, no row")
        #expect(failure { _ = try LedgerReader(of: ledger).assets(AssetQuery()) }.contains("levitating"))
    }

    @Test func aReaderSeesWhatIsCommittedWhileAWriterWrites() throws {
        let ledger = try Ledger(path)
        try ledger.put(leanAsset(makeID(1)))
        let reader = try LedgerReader(path)
        try ledger.commit { () throws(LedgerFailure) in
            try ledger.put(leanAsset(makeID(2)))
            #expect(try reader.assets(AssetQuery()).count == 1)
        }
        #expect(try reader.assets(AssetQuery()).count == 2)
    }

    @Test func aReaderNeedsALedger() throws {
        #expect(failure { _ = try LedgerReader(path) }.contains("unable to open"))
        #expect(failure { _ = try Ledger(scratch / "none/ledger.sqlite") }.contains("unable to open"))
        #expect(try !Files.exists(path))
    }

    @Test func whatIsNoDatabaseSaysSo() throws {
        try scratch.file("ledger.sqlite", String(repeating: "this is no database\n", count: 1000))
        for text in [failure { _ = try Ledger(path) }, failure { _ = try LedgerReader(path) }] {
            #expect(text == "The ledger cannot be used: file is not a database")
        }
        #expect(try read(path).hasPrefix("this is no database"))
    }

    @Test func aDamagedDatabaseFailsAndDoesNotStopUs() throws {
        do {
            let ledger = try Ledger(path)
            for number in 0..<200 { try ledger.put(fullAsset(makeID(Int64(number)))) }
            try ledger.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        }
        var bytes = try Files.read(path, limit: 1 << 26)
        for index in 8192..<bytes.count where index % 4096 < 200 { bytes[index] = 0xA5 }
        try write(path, bytes)
        let text = failure {
            let reader = try LedgerReader(path)
            _ = try reader.assets(AssetQuery(limit: 500))
        }
        #expect(text.contains("malformed"), "\(text)")
    }

    @Test func anEmptyFileIsANewLedger() throws {
        try scratch.file("ledger.sqlite", "")
        #expect(try LedgerReader(of: Ledger(path)).isEmpty)
    }

    @Test func nothingStaysOpenWhenALedgerIsClosed() throws {
        func held() throws -> Int {
            var count = 0
            for entry in try Files.list(Path("/proc/self/fd")) {
                let target = try? outcome(of: "readlink", ["/proc/\(getpid())/fd/\(entry.name.text)"]).said
                if target?.hasPrefix(path.text) == true { count += 1 }
            }
            return count
        }
        do {
            let ledger = try Ledger(path)
            let reader = try LedgerReader(path)
            try ledger.put(fullAsset())
            _ = try reader.assets(AssetQuery())
            #expect(try held() > 0)
        }
        #expect(try held() == 0)
    }
}
