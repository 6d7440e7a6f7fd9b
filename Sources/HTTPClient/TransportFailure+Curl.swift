import CCurl
import Glibc
import HTTPMessages

extension Transfer {
  /// What came of it: the answer if it is whole, or a failure with its effect and a sentence for the operator. Call before the handle is removed.
  ///
  /// The effect is `.none` only while no connection stood ready to write on (`attempts == 0`); libcurl's codes alone would not tell, since a
  /// timeout, for one, has the same code before and after sending.
  func answer(code: CURLcode, limits: ClientLimits) -> Answer {
    if code == CURLE_OK, let response = reader.response { return .success(response) }
    let explanation = Explanation(transfer: self, code: code, limits: limits)
    return attempts == 0
      ? .failure(TransportFailure(effect: .none, reason: explanation.beforeSending))
      : .failure(TransportFailure(effect: .unknown, reason: explanation.afterSending))
  }
}

/// The sentences. They name the host and what curl or the system says of the connection, never the path, a header or a body.
private struct Explanation {
  let transfer: Transfer
  let code: CURLcode
  let limits: ClientLimits

  private var place: String { transfer.exchange.target.place }

  var beforeSending: String {
    switch transfer.stop {
    case .cancelled: return TransportFailure.cancelledInQueue.reason
    case .shutDown: return TransportFailure.closed.reason
    case .headOverdue: return tooLateToConnect
    case nil: break
    }
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST:
      return "cannot find \(place): the name does not resolve; check the url, and this machine's DNS"
    case CURLE_COULDNT_CONNECT:
      return "cannot reach \(place): \(systemError); is the server up, and does a firewall stand between?"
    case CURLE_OPERATION_TIMEDOUT:
      return tooLateToConnect
    case CURLE_PEER_FAILED_VERIFICATION:
      return "\(place) is not trusted: \(detail); \((TLSTrouble(detail) ?? .unfit).remedy)"
    case CURLE_SSL_CACERT_BADFILE:
      return "the CA file for \(place) cannot be used: \(detail); check ca_file (GATEHOUSE_CA_FILE for `change`)"
    case CURLE_SSL_CONNECT_ERROR:
      return "no TLS with \(place): \(detail); does it speak https on that port?"
    case CURLE_OUT_OF_MEMORY:
      return TransportFailure.outOfMemory.reason
    default:
      return "cannot connect to \(place): \(text); nothing was sent"
    }
  }

  var afterSending: String {
    switch transfer.stop {
    case .cancelled: return "the request to \(place) was cancelled after it was sent; \(whatNow)"
    case .shutDown: return "\(place) had not answered when the gate was shut down; \(whatNow)"
    case .headOverdue: return "\(place) did not answer within \(limits.firstByteTimeout); is it overloaded? \(whatNow)"
    case nil: break
    }
    switch transfer.reader.violation {
    case .headTooLarge:
      return "the head of \(place)'s answer is larger than \(limits.headBytes) bytes; is that the right server? \(whatNow)"
    case .bodyTooLarge: return "\(place)'s answer is larger than \(limits.bodyBytes) bytes; is that the right server? \(whatNow)"
    case .compressed: return "\(place) answered compressed, which was not asked for; mend the proxy before it; \(whatNow)"
    case nil: break
    }
    switch code {
    case CURLE_OPERATION_TIMEDOUT:
      return "\(place)'s answer was not whole within \(limits.wholeTimeout); is it or the network overloaded? \(whatNow)"
    case CURLE_PARTIAL_FILE:
      return "\(place)'s answer was cut off; did a proxy between restart? \(whatNow)"
    case CURLE_GOT_NOTHING, CURLE_ABORTED_BY_CALLBACK:
      return "\(place) closed the connection without an answer; did it or a proxy restart? \(whatNow)"
    case CURLE_SEND_ERROR, CURLE_RECV_ERROR:
      return "the connection to \(place) broke: \(systemError); did it or a proxy restart? \(whatNow)"
    case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_OK:
      return "\(place) did not answer in HTTP; is that the right server? \(whatNow)"
    default:
      return "\(place) gave no usable answer: \(text); \(whatNow)"
    }
  }

  private var whatNow: String { "the request may have been carried out" }

  private var tooLateToConnect: String {
    "cannot reach \(place): no connection within \(min(limits.connectTimeout, limits.firstByteTimeout, limits.wholeTimeout)); "
      + "is the server up, and does a firewall stand between?"
  }

  /// libcurl's fixed words for its code.
  private var text: String { String(cString: curl_easy_strerror(code)) }

  /// libcurl's words for this TLS failure: OpenSSL's reason and the host, at most. Bounded and on one line, should a certificate's name be in it.
  private var detail: String {
    let words = transfer.message.unicodeScalars.prefix(200).map { $0.properties.generalCategory == .control ? " " : String($0) }.joined()
    return words.isEmpty ? text : words
  }

  /// The system's words for the last error on the socket: "Connection refused".
  private var systemError: String {
    var number = 0
    ccurl_get_long(transfer.easy, CURLINFO_OS_ERRNO, &number)
    guard number != 0 else { return text }
    var buffer = [CChar](repeating: 0, count: 128)
    guard strerror_r(Int32(number), &buffer, buffer.count) == 0 else { return text }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self).lowercased()
  }
}

extension TransportFailure {
  static let cancelledInQueue = TransportFailure(effect: .none, reason: "the request was cancelled before it was sent")
  static let closed = TransportFailure(effect: .none, reason: "the gate is shutting down; the request was not sent")
  static let outOfMemory = TransportFailure(
    effect: .none, reason: "no memory for another transfer; nothing was sent; give the process more")

  static func queueFull(place: String, length: Int) -> TransportFailure {
    TransportFailure(
      effect: .none, reason: "\(length) requests already wait for \(place); is it slow? Nothing was sent, it is tried again later")
  }

  static func queuedTooLong(place: String, limits: ClientLimits) -> TransportFailure {
    TransportFailure(
      effect: .none,
      reason:
        "the request waited \(limits.queueTimeout) for its turn with \(place); is it slow? Nothing was sent, it is tried again later")
  }
}
