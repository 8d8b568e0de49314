#include "config/config.hpp"

#include <algorithm>
#include <functional>

namespace portcullis::bff {

std::size_t User::credential() const { return std::hash<std::string>{}(password); }

bool User::may_use(std::string_view tenant) const {
  return std::find(tenants.begin(), tenants.end(), tenant) != tenants.end();
}

std::size_t Snapshot::plugin_count() const {
  std::size_t count = 0;
  for (const auto& [id, tenant] : tenants) count += tenant->plugins.size();
  return count;
}

}  // namespace portcullis::bff
