#include "enforce/stages.hpp"
#include "portcullis/canonical_path.hpp"

namespace portcullis::bff::enforce {

Code canonical(const Request& request, const Grounds&, Judgement& judgement) {
  CanonicalPath path;
  const Code code = canonicalize(request.target, path);
  if (code != Code::kAllowed) return code;
  judgement.canonical = path.target();
  judgement.path_size = static_cast<std::uint32_t>(path.path().size());
  return Code::kAllowed;
}

}  // namespace portcullis::bff::enforce
