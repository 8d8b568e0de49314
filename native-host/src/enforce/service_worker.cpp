#include "enforce/stages.hpp"

namespace portcullis::bff::enforce {

/// A service worker would see, and could answer, every request of this origin's pages: nothing is
/// served as one, neither a bundle nor a file of the site nor an upstream's answer. Browsers set
/// both fields themselves (Fetch Metadata; Service Workers, 4.4), and no script can leave them out.
Code service_worker(const Request& request, const Grounds&, Judgement& judgement) {
  bool asked = request.count("service-worker") > 0;
  for (const HeaderField& field : request.fields) {
    asked =
        asked || (iequals(field.name, "sec-fetch-dest") && iequals(field.value, "serviceworker"));
  }
  if (!asked) return Code::kAllowed;
  return judgement.target.endpoint == Endpoint::kBundle ? Code::kBundleServiceWorker
                                                        : Code::kServiceWorkerRefused;
}

}  // namespace portcullis::bff::enforce
