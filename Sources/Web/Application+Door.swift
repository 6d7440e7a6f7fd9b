internal import GitLab
internal import HTTPMessages
internal import HTTPTypes

extension Application {
  /// What the head of a request alone decides.
  enum Door {
    case options(allow: String)
    case open(AdmittedHead)
  }

  /// Finds the route and looks at everything else in the head: 404 and 405 first, then who is there, then what they bring.
  func door(_ head: HTTPRequest, requestID: @autoclosure () -> String) throws(Fault) -> Door {
    if head.method == .options, head.path == "*" { return .options(allow: Router.allowOfAll) }
    var target = try Target(head.path ?? "/")
    // GitLab takes a slash at the end, and its documentation types one.
    let shape = ErrorShape(path: target.path)
    if shape == .gitLab, target.segments.last == "" { target.segments.removeLast() }
    switch try Router.match(head.method, target.segments, in: shape) {
    case .options(let allow): return .options(allow: allow)
    case .route(let route, let parameters):
      var credential: Credential?
      var isSenderKnown = false
      if route.content == .delivery {
        isSenderKnown = try bringsProof(head.headerFields, instance: parameters.first, requestID: requestID())
      } else if !route.isOpen {
        credential = try Credential(head.headerFields)
      }
      if route.content == .json, !head.headerFields.allowJSON { throw .unsupportedMediaType }
      if route.content == .parameters, !head.headerFields.allowJSON, !head.headerFields.announceForm,
        head.headerFields.multipartBoundary == nil
      {
        throw .unsupportedMediaTypeOfGitLab
      }
      let limit = bodyLimit(of: route)
      if let length = head.headerFields.firstValue(of: .contentLength).flatMap(Int.init), length > limit {
        throw .bodyTooLarge(limit: limit)
      }
      guard route.content == .ignored || head.headerFields.announceContent else { throw .lengthRequired }
      return .open(
        AdmittedHead(
          application: self, route: route, target: target, parameters: parameters, credential: credential, limit: limit,
          isSenderKnown: isSenderKnown))
    }
  }

  private func bodyLimit(of route: Route) -> Int {
    switch route.content {
    case .delivery: settings.deliveryBytes
    case .parameters: Limits.parameterBytes
    case .ignored, .json: Limits.bodyBytes
    }
  }

  /// A delivery whose head no instance's secret fits is nobody's; its 25 MiB need not be read, nor held, to know that. True if the head alone
  /// proves it.
  private func bringsProof(_ fields: HTTPFields, instance: String?, requestID: @autoclosure () -> String) throws(Fault) -> Bool {
    if let instance, !settings.webhooks.contains(where: { $0.name == instance }) {
      throw .unknownInstance(instance, known: settings.webhooks.map(\.name))
    }
    if !fields.contains(.gitLabToken), !fields.contains(.webhookSignature) {
      settings.report(
        WebhookReport(
          requestID: requestID(), instance: instance, reason: "it carries neither X-Gitlab-Token nor webhook-signature"))
      throw .notAuthentic
    }
    let sender = try settings.sender(named: instance, requestID: requestID()) { (candidate) throws(WebhookFault) in
      try candidate.verifier.verifyHead(fields)
    }
    return sender.verifier.isHeadProof
  }
}
