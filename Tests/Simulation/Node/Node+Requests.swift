import ChangeControl
import HTTPMessages
import HTTPTypes
import Storage
import Web

/// What the server's front desk does: says where a request's work runs, and turns what it throws into an answer.
extension Node {
  /// `answer` hears the response when it has left whole; nothing, if the process dies before.
  func receive(_ request: Request, answer: @escaping (Response) -> Void) {
    receive(request, answer: answer) { answer(Response(head: $0.head, body: $0.opening)) }
  }

  /// For who wants to be told of events: `refuse` hears an answer that is none, `hear` each piece, and nil when there will be no more. `open` has
  /// what is asked for the next.
  func listen(
    _ request: Request, refuse: @escaping (Response) -> Void, hear: @escaping ([UInt8]?) -> Void, open: @escaping (EventLine) -> Void
  ) {
    receive(request, answer: refuse) { [self] subscription in
      let born = incarnation
      // Others write between the view that the answer was made on and its first piece.
      life.after(life.chance.within(0...3)) { [self] in
        guard incarnation == born, let feed else { return hear(nil) }
        open(feed.subscribe(subscription, hear))
        hear(subscription.opening)
      }
    }
  }

  private func receive(_ request: Request, answer: @escaping (Response) -> Void, subscribe: @escaping (Subscription) -> Void) {
    let requestID = Application.requestID(from: request.head, fresh: "fresh-\(life.chance.bits())")
    switch application.admit(request.head) {
    case .answer(let response): answer(response)
    case .body(let admitted):
      guard !request.body.isEmpty, life.chance.happens(0.2) else { return carryOut(request, of: admitted, requestID, answer, subscribe) }
      // A body may come long after its head, and a reload in between.
      let born = incarnation
      life.after(life.chance.within(1...5_000)) { [self] in
        if incarnation == born { carryOut(request, of: admitted, requestID, answer, subscribe) }
      }
    }
  }

  private func carryOut(
    _ request: Request, of admitted: AdmittedHead, _ requestID: String, _ answer: @escaping (Response) -> Void,
    _ subscribe: @escaping (Subscription) -> Void
  ) {
    let application = admitted.application
    func fail(_ error: any Error) { answer(admitted.response(to: error, requestID: requestID)) }
    do {
      switch admitted.work(for: request, requestID: requestID, at: now) {
      case .answer(let response): answer(response)
      case .read(let body): answer(try read(body))
      case .stream(let body):
        let streamed = try read(body)
        goOn(with: streamed.content, of: Response(head: streamed.head), answer)
      case .subscribe(let body): subscribe(try read(body))
      case .write(let body):
        write { [inForce] in inForce.has(application) ? try body($0) : nil }.then { [self] result in
          switch result {
          case .success(let response?):
            answer(response)
            loops?.ring()
          // The rules have changed while it waited for its turn: it is answered by those that are in force.
          case .success(nil):
            life.happened(.ruledAnew)
            carryOut(request, of: admitted.answered(by: inForce.application), requestID, answer, subscribe)
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
      case .errand(let errand):
        guard let loops else { return fail(StorageError.closed) }
        loops.errands.carryOut(errand, requestID: requestID) { result in
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

  /// Each piece is made when the one before has been taken, on a view of its own.
  private func goOn(with content: StreamedResponse.Content, of response: Response, _ answer: @escaping (Response) -> Void) {
    var response = response
    response.body += content.bytes
    guard let make = content.next else { return answer(response) }
    let born = incarnation
    life.after(life.chance.within(1...life.chance.one(of: [20, 2_000, 8_000]))) { [self, response] in
      // What cannot be completed is cut off.
      guard incarnation == born, let next = try? read(make) else { return }
      goOn(with: next, of: response, answer)
    }
  }
}
