#include "handlers/app.hpp"

namespace portcullis::bff {

void App::tell_quotas() {
  Metrics& metrics = state.metrics;
  for (const Quota quota : {Quota::kAddress, Quota::kTenant}) {
    metrics.quota_evictions("login_failures", name(quota), logins.replaced().of(quota));
  }
  metrics.quota_refusals("connections", name(Quota::kAddress), load.addresses.refused());
}

}  // namespace portcullis::bff
