// The place of the tests of Model.
import Testing

@Test func x() {}
