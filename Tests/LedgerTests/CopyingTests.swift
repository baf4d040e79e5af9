// A copy of the ledger: one moment, one file, read through; also while somebody writes, and of an older flipd.
import Model
import Platform
import Scratch
import Testing

@testable import Ledger

@Suite struct CopyingTests {
    private let scratch: Scratch
    private var path: Path { scratch / "ledger.sqlite" }
    private var copy: Path { scratch / "copy/ledger.sqlite" }

    init() throws {
        scratch = try Scratch()
        try scratch.folder("copy")
    }

    @Test func aCopyIsOneFileAndSaysTheSame() throws {
        let ledger = try Ledger(path)
        for number in 0..<50 { try ledger.put(fullAsset(makeID(Int64(number)))) }
        try LedgerCopy.make(of: path, at: copy)
        #expect(try names(in: copy.parent) == ["ledger.sqlite"])
        func said(_ reader: LedgerReader) throws -> [[UInt8]] {
            try reader.assets(AssetQuery(limit: 100)).map { try JSON.encode(AssetReport(of: $0)) }
        }
        let rows = try said(LedgerReader(of: ledger))
        #expect(rows.count == 50)
        #expect(try said(LedgerReader(of: try Ledger(copy))) == rows)
    }

    @Test func aCopyIsMadeInTheMiddleOfACommitWithoutIt() throws {
        let ledger = try Ledger(path)
        try ledger.put(leanAsset(makeID(1)))
        try ledger.commit { () throws(LedgerFailure) in
            try ledger.put(leanAsset(makeID(2)))
            try LedgerCopy.make(of: path, at: copy)
        }
        #expect(try LedgerReader(of: ledger).count() == 2)
        #expect(try LedgerReader(of: try Ledger(copy)).count() == 1)
    }

    @Test func aDamagedLedgerMakesNoSnapshot() throws {
        do {
            let ledger = try Ledger(path)
            for number in 0..<300 { try ledger.put(fullAsset(makeID(Int64(number)))) }
            try ledger.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        }
        var bytes = try Files.read(path, limit: 1 << 26)
        for index in 16384..<bytes.count where index % 4096 < 200 { bytes[index] = 0xA5 }
        try write(path, bytes)
        #expect(throws: LedgerFailure.self) { try LedgerCopy.make(of: path, at: copy) }
    }

    @Test func theLedgerOfAnOlderFlipdIsKnownAndCopiedAsItIs() throws {
        do {
            let ledger = try Ledger(path)
            #expect(try !LedgerCopy.isOlder(path))
            try ledger.connection.execute("PRAGMA user_version = 1")
        }
        #expect(try LedgerCopy.isOlder(path))
        #expect(try LedgerCopy.library(of: path) == nil)
        try LedgerCopy.make(of: path, at: copy)
        #expect(try LedgerCopy.isOlder(copy))
    }

    @Test func aNewLedgerIsNotOlder() throws {
        try scratch.file("ledger.sqlite", "")
        #expect(try !LedgerCopy.isOlder(path))
    }
}
