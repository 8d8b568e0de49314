#include "handlers/edition.hpp"

#include <utility>

#include "registry/manifests.hpp"

namespace portcullis::bff {

ManifestsAnswer Edition::manifests(const Tenant& tenant, const std::string& left_out) const {
  const std::string key = tenant.id + "\n" + left_out;
  const std::lock_guard lock(mutex_);
  const auto known = manifests_.find(key);
  if (known != manifests_.end()) return known->second;
  // Every state of a quarantine makes one; states are few, but nothing may grow without end.
  if (manifests_.size() > 64) manifests_.clear();
  ManifestsAnswer answer;
  if (left_out.empty()) {
    answer.etag = tenant.manifests_etag;
    answer.document = std::make_shared<const Bundle>(tenant.manifests_json);
  } else {
    const std::string padded = " " + left_out + " ";
    ManifestsDocument document = compose_manifests(tenant, [&](const Plugin& plugin) {
      return padded.find(" " + plugin.id() + " ") != std::string::npos;
    });
    answer.etag = std::move(document.etag);
    answer.document = std::make_shared<const Bundle>(std::move(document.json));
  }
  manifests_.emplace(key, answer);
  return answer;
}

std::shared_ptr<Edition> make_edition(std::shared_ptr<const Snapshot> snapshot,
                                      std::shared_ptr<const StaticSite> site) {
  auto edition = std::make_shared<Edition>();
  edition->headers = make_security_headers(
      snapshot->settings.security, site ? site->import_map_hashes() : std::vector<std::string>{});
  edition->site = std::move(site);
  edition->snapshot = std::move(snapshot);
  return edition;
}

void EditionCell::install(EditionPtr next) {
  const std::lock_guard lock(mutex_);
  current_ = std::move(next);
  number_.fetch_add(1, std::memory_order_release);
}

EditionPtr EditionCell::get() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

}  // namespace portcullis::bff
