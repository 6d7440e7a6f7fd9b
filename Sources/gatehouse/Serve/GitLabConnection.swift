import ChangeControl
import Configuration
import GitLab
import HTTPMessages

/// One configured GitLab and the way to it.
struct GitLabConnection: Sendable {
  let name: String
  let address: GitLabAddress
  let token: Secret
  /// Whose token it is, for what is said where GitLab does not take it.
  var speaker = GitLabAPI.Speaker.account
  let transport: any Transport

  /// An API whose requests carry `requestID`.
  func api(requestID: String) -> GitLabAPI {
    var api = GitLabAPI(instance: name, address: address, token: token.reveal(), requestID: requestID, version: Version.text)
    api.speaker = speaker
    return api
  }

  /// The same way, for another account.
  func with(token: Secret, of speaker: GitLabAPI.Speaker) -> GitLabConnection {
    GitLabConnection(name: name, address: address, token: token, speaker: speaker, transport: transport)
  }

  /// Holds the conversation that an instruction asks for. Also says whether something was sent that GitLab may have carried out.
  ///
  /// - Parameter attempt: which one it is, from 1.
  func carryOut(_ instruction: Instruction, attempt: Int, requestID: String) async -> (outcome: CallbackOutcome, mayHaveActed: Bool) {
    var conversation = api(requestID: requestID).conversation(for: instruction, attempt: attempt)
    let outcome = await conversation.end(over: transport)
    return (outcome, conversation.mayHaveActed)
  }
}
