// When a file waits for room.
import Library
import Testing

@Suite struct RoomTests {
    private static let gigabyte: Int64 = 1 << 30

    @Test func aFileNeedsItsSizeAndAThirdMoreAndTheReserve() {
        let room = Room(total_bytes: 1000 * Self.gigabyte, free_bytes: 14 * Self.gigabyte)
        #expect(room.shortage(for: 10 * Self.gigabyte, promised: 0) == nil)
        let shortage = room.shortage(for: 10 * Self.gigabyte + 10, promised: 0)
        #expect(shortage?.need_bytes == 14 * Self.gigabyte + 13)
        #expect(shortage?.free_bytes == 14 * Self.gigabyte)
    }

    @Test func aSmallDiskKeepsATwentieth() {
        let room = Room(total_bytes: 1000, free_bytes: 180)
        #expect(room.shortage(for: 100, promised: 0) == nil)
        #expect(room.shortage(for: 101, promised: 0) != nil)
    }

    @Test func whatIsPromisedToOthersIsNotFree() {
        let room = Room(total_bytes: 1000, free_bytes: 310)
        #expect(room.shortage(for: 100, promised: 130) == nil)
        #expect(room.shortage(for: 100, promised: 131)?.free_bytes == 179)
        #expect(room.shortage(for: 1, promised: 5000)?.free_bytes == 0)
    }

    @Test func noSizeIsTooLargeToBeReckonedWith() {
        let room = Room(total_bytes: .max, free_bytes: .max)
        #expect(room.shortage(for: .max / 14, promised: 0) == nil)
        #expect(Room(total_bytes: 100, free_bytes: 100).shortage(for: .max, promised: 0) != nil)
    }
}
