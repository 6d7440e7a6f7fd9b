import ChangeControl
import HTTPMessages
import HTTPTypes
import Storage
import Web

/// What the server's front desk does: says where a request's work runs, and turns what it throws into an answer.
extension Node {
  /// `answer` hears the response when it leaves; nothing, if the process dies before.
  func receive(_ request: Request, answer: @escaping (Response) -> Void) {
    let requestID = Application.requestID(from: request.head, fresh: "fresh-\(life.chance.bits())")
    let application = application
    func fail(_ error: any Error) { answer(application.response(to: error, requestID: requestID)) }
    let admitted: AdmittedHead
    switch application.admit(request.head) {
    case .answer(let response): return answer(response)
    case .body(let head): admitted = head
    }
    do {
      switch admitted.work(for: request, requestID: requestID, at: now) {
      case .answer(let response): answer(response)
      case .read(let body): answer(try read(body))
      case .stream(let body):
        let streamed = try read(body)
        answer(Response(head: streamed.head, body: streamed.content.bytes))
      case .subscribe(let body):
        let subscription = try read(body)
        answer(Response(head: subscription.head, body: subscription.opening))
      case .write(let body):
        write(body).then { [self] result in
          switch result {
          case .success(let response):
            answer(response)
            loops?.ring()
          case .failure(let error): fail(error)
          }
        }
      case .prove(let body):
        write(body).then { result in
          switch result {
          case .success(let response): answer(application.stamped(response, requestID: requestID))
          case .failure(let error): fail(error)
          }
        }
      }
    } catch {
      fail(error)
    }
  }
}
