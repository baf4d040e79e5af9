// Which part of a file a request is for.
import Testing

@testable import Status

private func part(_ range: String?, _ size: Int64 = 1000, ifRange: String? = nil, method: String = "GET")
    -> FilePart
{
    FilePart(FileConditions(method: method, range: range, ifRange: ifRange), size: size, tag: "\"t\"")
}

@Test(arguments: [
    ("bytes=0-0", FilePart.part(first: 0, last: 0)), ("bytes=0-499", .part(first: 0, last: 499)),
    ("bytes=500-", .part(first: 500, last: 999)), ("bytes=-500", .part(first: 500, last: 999)),
    ("bytes=-5000", .part(first: 0, last: 999)), ("bytes=999-999", .part(first: 999, last: 999)),
    ("bytes=990-5000", .part(first: 990, last: 999)), ("Bytes=0-1", .part(first: 0, last: 1)),
    ("bytes=5-99999999999999999999999", .part(first: 5, last: 999)),
    ("bytes=1000-", .outside), ("bytes=1000-1001", .outside), ("bytes=-0", .outside),
    ("bytes=99999999999999999999999-", .outside),
    ("bytes=", .whole), ("bytes=-", .whole), ("bytes=5", .whole), ("bytes=9-5", .whole), ("items=0-5", .whole),
    ("bytes=a-b", .whole), ("bytes=0-1,5-6", .whole), ("bytes= 0-1", .whole), ("bytes=0--1", .whole),
    ("bytes=+1-5", .whole), ("0-5", .whole), ("", .whole), ("bytes=１-２", .whole),
])
func readsRanges(_ header: String, _ expected: FilePart) { #expect(part(header) == expected) }

@Test func anEmptyFileHasNoRange() {
    #expect(part("bytes=0-", 0) == .outside)
    #expect(part("bytes=-1", 0) == .outside)
    #expect(part(nil, 0) == .whole)
}

@Test func rangesHoldOnlyForTheSameFile() {
    #expect(part("bytes=0-1", ifRange: "\"t\"") == .part(first: 0, last: 1))
    #expect(part("bytes=0-1", ifRange: "\"u\"") == .whole)
    #expect(part("bytes=0-1", ifRange: "W/\"t\"") == .whole)
    #expect(part("bytes=0-1", ifRange: "Tue, 15 Nov 1994 12:45:26 GMT") == .whole)
    #expect(part("bytes=0-1", method: "HEAD") == .whole)
}

@Test(arguments: [
    ("\"t\"", true), ("*", true), ("W/\"t\"", true), ("\"a\", \"t\" ,\"b\"", true), ("\"a\"", false),
    ("t", false), ("", false), (",,", false),
])
func knowsWhatAClientHas(_ header: String, _ has: Bool) {
    let conditions = FileConditions(range: "bytes=5000-", ifNoneMatch: header)
    #expect((FilePart(conditions, size: 1000, tag: "\"t\"") == .notModified) == has)
}
