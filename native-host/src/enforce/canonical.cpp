#include "enforce/stages.hpp"
#include "portcullis/canonical_path.hpp"
#include "portcullis/decision.hpp"

namespace portcullis::bff::enforce {

Code canonical(const Request& request, const Grounds&, Judgement& judgement) {
  // RFC 9112, 3.2.4: the one target that is no path. It asks about the server as a whole.
  if (request.target == "*" && request.method == "OPTIONS") {
    judgement.canonical = "*";
    judgement.path_size = 1;
    return Code::kAllowed;
  }
  CanonicalPath path;
  std::size_t offset = 0;
  const Code code = canonicalize(request.target, path, &offset);
  if (code != Code::kAllowed) {
    judgement.explain = explain_rejection(request.method, request.target, code, offset);
    return code;
  }
  judgement.canonical = path.target();
  judgement.path_size = static_cast<std::uint32_t>(path.path().size());
  return Code::kAllowed;
}

}  // namespace portcullis::bff::enforce
