// Copyright: (c) 2026, xencloud.maintenance contributors
// GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Uses the npm client xen-api as Xen Orchestra does: connects through a member, watches objects, makes the
// member master while it watches, and goes on. Prints one JSON line per observation.
import { createClient } from 'xen-api'

const [url, user, password, target] = process.argv.slice(2)
const LIMIT_MS = 60e3
const say = (what, value) => console.log(JSON.stringify({ what, value }))
const until = async (what, condition) => {
  const end = Date.now() + LIMIT_MS
  while (!condition()) {
    if (Date.now() > end) throw new Error(`it has not come true: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

const xapi = createClient({ url, auth: { user, password }, debounce: 20, eventPollDelay: 200 })
await xapi.connect()
await xapi.objectsFetched
const all = () => Object.values(xapi.objects.all)
const named = (type, label) => all().find(object => object.$type === type && object.name_label === label)
say('connected', { address: xapi._url.hostname, hosts: all().filter(o => o.$type === 'host').map(o => o.name_label).sort() })
say('guests', all().filter(o => o.$type === 'VM' && !o.is_control_domain).map(o => o.name_label).sort())

const guest = named('VM', 'web-1')
await guest.add_tags('watched')
await until('a change made here is seen', () => named('VM', 'web-1').tags.includes('watched'))
say('event', named('VM', 'web-1').tags)

await guest.update_other_config('judge', 'was here')
say('barrier', (await xapi.barrier(guest.$ref)).other_config.judge)

const moved = named('host', target)
const start = await xapi.callAsync('VM.start', named('VM', 'golden').$ref, false, false)
await until('the VM runs', () => named('VM', 'golden').power_state === 'Running')
say('task', { result: start, state: named('VM', 'golden').power_state })

await xapi.call('pool.designate_new_master', moved.$ref)
say('designated', target)
await until('the new master is seen', () => {
  if (xapi.status === 'disconnected') xapi.connect().catch(() => {})
  return xapi.pool?.master === moved.$ref && xapi._url.hostname === moved.address
})
await until('watching goes on', () => xapi.watchEventsError === undefined)
say('new master', xapi._url.hostname)

await named('VM', 'web-2').add_tags('after')
await until('a change after the switch is seen', () => named('VM', 'web-2').tags.includes('after'))
say('event after', named('VM', 'web-2').tags)
await xapi.disconnect()
process.exit(0)
