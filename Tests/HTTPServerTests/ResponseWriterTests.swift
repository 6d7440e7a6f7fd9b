import HTTPMessages
import HTTPTypes
import Testing

@testable import HTTPServer

@Suite struct ResponseWriterTests {
  private let date = HTTPDate(secondsSince1970: 784_111_777)

  private func write(
    _ response: Response, isHead: Bool = false, connection: ResponseWriter.Connection = .kept
  ) -> String? {
    var out: [UInt8] = Array("before ".utf8)
    guard ResponseWriter.write(response, to: &out, isHead: isHead, connection: connection, date: date) else {
      #expect(String(decoding: out, as: UTF8.self) == "before ", "nothing of a response that cannot be sent is left behind")
      return nil
    }
    return String(String(decoding: out, as: UTF8.self).dropFirst(7))
  }

  @Test func aResponseIsWrittenWhole() {
    let response = Response(
      head: HTTPResponse(status: .ok, headerFields: [.contentType: "text/plain"]), body: Array("hello".utf8))
    let head = "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n"
    #expect(write(response) == head + "hello")
    #expect(write(response, isHead: true) == head)
  }

  @Test(arguments: [100, 101, 199, 600, 999]) func onlyFinalStatusesAreWritten(_ code: Int) {
    #expect(write(Response(head: HTTPResponse(status: .init(code: code)))) == nil)
  }

  @Test func aResponseCannotBeSplit() throws {
    // HTTPField makes CR, LF and NUL harmless, but lets other control characters pass on request; the writer lets none pass.
    let name = try #require(HTTPField.Name("X"))
    let field = HTTPField(name: name, lenientValue: Array("a\u{1B}b".utf8))
    #expect(write(Response(head: HTTPResponse(status: .ok, headerFields: HTTPFields([field])))) == nil)
    let split = HTTPField(name: name, value: "a\r\nSet-Cookie: b")
    let text = try #require(write(Response(head: HTTPResponse(status: .ok, headerFields: HTTPFields([split])))))
    #expect(!text.contains("\nSet-Cookie"))
  }

  @Test func repeatedFieldsStayApartAndInOrder() throws {
    var fields = HTTPFields()
    fields.append(HTTPField(name: .setCookie, value: "a=1"))
    fields.append(HTTPField(name: .vary, value: "Accept"))
    fields.append(HTTPField(name: .setCookie, value: "b=2"))
    let text = try #require(write(Response(head: HTTPResponse(status: .ok, headerFields: fields))))
    #expect(text.contains("Set-Cookie: a=1\r\nVary: Accept\r\nSet-Cookie: b=2\r\n"))
  }

  @Test(arguments: [
    (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
    (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"), (1_709_251_200, "Fri, 01 Mar 2024 00:00:00 GMT"),
    (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"), (1_767_225_599, "Wed, 31 Dec 2025 23:59:59 GMT"),
  ])
  func datesAreWrittenAsHTTPWritesThem(_ seconds: Int, _ text: String) {
    #expect(String(decoding: HTTPDate(secondsSince1970: seconds).bytes, as: UTF8.self) == text)
  }
}
