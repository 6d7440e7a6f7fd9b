import Testing

@testable import gatehouse

@Suite struct RequestIDTests {
  @Test func eachIsAnotherAndOfSixteenDigits() {
    let ids = (0..<10_000).map { _ in freshRequestID() }
    #expect(Set(ids).count == ids.count)
    #expect(ids.allSatisfy { $0.count == 16 && $0.allSatisfy { $0.isHexDigit && !$0.isUppercase } })
  }
}
