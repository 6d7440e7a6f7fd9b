internal import HTTPMessages
internal import HTTPTypes

/// Where the links lead that stand in GitLab's approval comments. It asks for no token and tells nothing but where to look: whether there is
/// such a change, and what it is about, is told to those who have one.
enum PageResource {
  static let routes: [Route] = [Route(.get, "/changes/{key}", .open(tellWhereToLook))]

  private static func tellWhereToLook(_ call: Call, settings: WebSettings) throws -> Work {
    // The key is the only thing on the page from outside, so it has to be one.
    guard isKey(call.key) else { throw Fault.notFound }
    let api = "\(settings.gate.plan.publicPath)/api/v1/changes/\(call.key)"
    let page = """
      <!doctype html>
      <html lang="en">
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width">
      <title>\(call.key) · Gatehouse</title>
      <style>body { font: 1rem/1.5 system-ui; max-width: 40rem; margin: 4rem auto; padding: 0 1rem }</style>
      <h1>\(call.key)</h1>
      <p>This is a change request at the gate. With your token you see what it waits for, and decide:</p>
      <pre>gatehouse change explain \(call.key)
      gatehouse change approve \(call.key) --comment "…"</pre>
      <p>or by REST: <code>GET \(api)</code>. An administrator of the gate makes tokens.</p>
      </html>

      """
    let fields: HTTPFields = [
      .contentType: "text/html; charset=utf-8",
      .contentSecurityPolicy: "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    ]
    return .answer(Response(head: HTTPResponse(status: .ok, headerFields: fields), body: Array(page.utf8)))
  }

  private static func isKey(_ text: String) -> Bool {
    let digits = text.utf8.dropFirst(4)
    return text.hasPrefix("CHG-") && (1...18).contains(digits.count) && digits.allSatisfy(\.isDigit)
  }
}
