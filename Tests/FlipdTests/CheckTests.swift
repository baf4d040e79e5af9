// What a check has found stands in the record before it stands in the row, and hides nothing else that the record says.
import Ledger
import Library
import Model
import Platform
import Scratch
import Testing

@testable import flipd

@Suite struct CheckTests {
    private let house: House
    private let keeper: Keeper

    init() throws {
        house = try House()
        keeper = try house.keeper()
    }

    private func reader() throws -> LedgerReader { try LedgerReader(house.ledger) }

    private func published(_ name: String) async throws -> Asset {
        try await house.publish(try house.drop(name, name), keeper)
    }

    private func remove(_ file: Path) throws {
        try Files.setMode(file.parent, 0o755)
        try Files.unlink(file)
        try Files.setMode(file.parent, 0o555)
    }

    @Test func severalChecksAreRecordedAndStandInTheirRows() async throws {
        let (one, two) = (try await published("a.mov"), try await published("b.mov"))
        try remove(house.layout.folder(of: two.id) / "\(two.id).mp4")
        let checks = try [one, two].map { try Fixity.check($0, in: house.layout) }
        #expect(try await keeper.note(checks).count == 2)
        let facts = try house.facts().filter { $0.what == .checked }
        #expect(facts.map(\.id) == [one.id, two.id])
        let gone = [Damage(file: "\(two.folder)/\(two.id).mp4", what: .missing, text: "It is missing.")]
        #expect(facts.map(\.damage) == [nil, gone])
        #expect(try reader().damage(of: two.id) == gone)
        // Nothing of it is open, and the next start has nothing to do.
        #expect(try await house.start().acts == 0)
        #expect(try house.rows().map(\.stage) == [.published, .published])
    }

    @Test func whatWasMovedMeanwhileDoesNotCount() async throws {
        let one = try await published("a.mov")
        _ = try await keeper.delete(one.id)
        let check = try Fixity.check(one, in: house.layout)
        #expect(check.isAbsent)
        #expect(try await keeper.note([check]).isEmpty)
        #expect(try house.facts().filter { $0.what == .checked }.isEmpty)
    }

    @Test func withoutTheLibraryNothingIsNoted() async throws {
        let one = try await published("a.mov")
        let check = try Fixity.check(one, in: house.layout)
        try Files.unlink(house.layout.marker)
        await #expect(throws: Fault.self) { try await keeper.note([check]) }
    }

    @Test func aCheckThatIsOnlyRecordedIsReadAtTheNextStart() async throws {
        let one = try await published("a.mov")
        let gone = [Damage(file: one.folder, what: .missing, text: "The whole folder is missing.")]
        try house.record(Fact(at: Clock.now(), id: one.id, what: .checked, damage: gone))
        #expect(try await house.start().acts == 1)
        #expect(try reader().damage(of: one.id) == gone)
        #expect(try await house.start().acts == 0)
    }

    @Test func theRecordAloneTellsOfDamageAndHidesNothingBehindIt() async throws {
        let (one, two) = (try await published("a.mov"), try await published("b.mov"))
        try remove(house.layout.folder(of: two.id) / "\(two.id)-thumb.jpg")
        for _ in 0..<2 {
            _ = try await keeper.note(try [one, two].map { try Fixity.check($0, in: house.layout) })
        }
        let damage = try reader().damage(of: two.id)
        let rows = try house.everyField()
        try await house.rebuild()
        #expect(try house.everyField() == rows)
        #expect(try reader().damage(of: two.id) == damage && damage.count == 1)
        #expect(try reader().damage(of: one.id) == [])
    }
}
