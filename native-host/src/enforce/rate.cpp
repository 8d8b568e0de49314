#include "enforce/stages.hpp"

namespace portcullis::bff::enforce {

Code rate(const Request&, const Grounds& grounds, Judgement& judgement) {
  if (judgement.plugin == nullptr) return Code::kAllowed;
  const Rate rate = judgement.plugin->rate.value_or(grounds.snapshot.settings.rate);
  judgement.rate = grounds.rates.take(
      judgement.tenant->id, judgement.plugin->id(), {rate.per_second, rate.burst},
      judgement.session ? std::string_view(judgement.session->account()) : std::string_view());
  judgement.rated = judgement.rate.limited;
  return judgement.rate.allowed ? Code::kAllowed : Code::kRateLimited;
}

}  // namespace portcullis::bff::enforce
