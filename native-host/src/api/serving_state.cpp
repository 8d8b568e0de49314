#include "api/serving_state.hpp"

#include <utility>

#include "domain/manifests.hpp"

namespace portcullis::bff {

ManifestsAnswer ServingState::manifests(const Tenant& tenant, const std::string& left_out) const {
  const std::lock_guard lock(mutex_);
  std::vector<Kept>& kept = manifests_[tenant.id];
  for (const Kept& one : kept) {
    if (one.left_out == left_out) return one.answer;
  }
  // Each quarantine state makes one, and an operator can make any number of states.
  if (kept.size() >= kKept) kept.erase(kept.begin());
  ManifestsAnswer answer;
  if (left_out.empty()) {
    answer.etag = tenant.manifests_etag;
    answer.document = std::make_shared<const Content>(tenant.manifests_json);
  } else {
    const std::string padded = " " + left_out + " ";
    ManifestsDocument document = compose_manifests(tenant, [&](const Plugin& plugin) {
      return padded.find(" " + plugin.id() + " ") != std::string::npos;
    });
    answer.etag = std::move(document.etag);
    answer.document = std::make_shared<const Content>(std::move(document.json));
  }
  kept.push_back({left_out, answer});
  return answer;
}

std::shared_ptr<ServingState> make_serving_state(std::shared_ptr<const Snapshot> snapshot,
                                                 std::shared_ptr<const StaticSite> site) {
  auto serving = std::make_shared<ServingState>();
  serving->headers = make_security_headers(
      snapshot->settings.security, site ? site->script_hashes() : std::vector<std::string>{});
  serving->site = std::move(site);
  serving->snapshot = std::move(snapshot);
  return serving;
}

void ServingStateCell::install(ServingStatePtr next) {
  const std::lock_guard lock(mutex_);
  current_ = std::move(next);
  number_.fetch_add(1, std::memory_order_release);
}

ServingStatePtr ServingStateCell::get() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

}  // namespace portcullis::bff
