/** Emoji by Slack's names: those that people and apps write; any other stays as it was written. */

const NAMES = `
+1 👍 -1 👎 thumbsup 👍 thumbsdown 👎 wave 👋 clap 👏 raised_hands 🙌 pray 🙏 muscle 💪 ok_hand 👌
point_right 👉 point_left 👈 point_up 👆 point_down 👇 v ✌️ handshake 🤝 eyes 👀 eye 👁️ writing_hand ✍️
smile 😄 smiley 😃 grinning 😀 grin 😁 laughing 😆 sweat_smile 😅 joy 😂 rofl 🤣 slightly_smiling_face 🙂
wink 😉 blush 😊 innocent 😇 heart_eyes 😍 sunglasses 😎 thinking_face 🤔 neutral_face 😐 smirk 😏
unamused 😒 grimacing 😬 relieved 😌 pensive 😔 sleeping 😴 cry 😢 sob 😭 scream 😱 fearful 😨 rage 😡
confused 😕 worried 😟 cold_sweat 😰 exploding_head 🤯 partying_face 🥳 upside_down_face 🙃 facepalm 🤦
shrug 🤷 robot_face 🤖 ghost 👻 skull 💀 poop 💩 see_no_evil 🙈 heart ❤️ broken_heart 💔 green_heart 💚
blue_heart 💙 purple_heart 💜 yellow_heart 💛 orange_heart 🧡 100 💯 boom 💥 fire 🔥 sparkles ✨ star ⭐ star2 🌟
zap ⚡ rainbow 🌈 sunny ☀️ cloud ☁️ snowflake ❄️ umbrella ☔ ocean 🌊 earth_asia 🌏 earth_africa 🌍
earth_americas 🌎 globe_with_meridians 🌐 moon 🌔 crescent_moon 🌙 seedling 🌱 evergreen_tree 🌲 leaves 🍃
four_leaf_clover 🍀 bug 🐛 bee 🐝 snake 🐍 penguin 🐧 whale 🐳 octopus 🐙 cat 🐱 dog 🐶 turtle 🐢 unicorn_face 🦄
bell 🔔 no_bell 🔕 mega 📣 loudspeaker 📢 speech_balloon 💬 thought_balloon 💭 zzz 💤 key 🔑
old_key 🗝️ lock 🔒 unlock 🔓 closed_lock_with_key 🔐 lock_with_ink_pen 🔏 shield 🛡️ passport_control 🛂
ticket 🎫 admission_tickets 🎟️ label 🏷️ bookmark 🔖 link 🔗 paperclip 📎 pushpin 📌 round_pushpin 📍
scissors ✂️ wastebasket 🗑️ card_file_box 🗃️ file_cabinet 🗄️ file_folder 📁 open_file_folder 📂
page_facing_up 📄 page_with_curl 📃 clipboard 📋 memo 📝 pencil 📝 pencil2 ✏️ notebook 📓 books 📚 book 📖
bar_chart 📊 chart_with_upwards_trend 📈 chart_with_downwards_trend 📉 calendar 📆 date 📅
spiral_calendar_pad 🗓️ hourglass ⌛ hourglass_flowing_sand ⏳ watch ⌚ alarm_clock ⏰ stopwatch ⏱️
timer_clock ⏲️ clock1 🕐 clock3 🕒 clock9 🕘 clock12 🕛 mantelpiece_clock 🕰️
warning ⚠️ rotating_light 🚨 no_entry ⛔ no_entry_sign 🚫 octagonal_sign 🛑 x ❌ negative_squared_cross_mark ❎
white_check_mark ✅ heavy_check_mark ✔️ ballot_box_with_check ☑️ heavy_plus_sign ➕ heavy_minus_sign ➖
question ❓ grey_question ❔ exclamation ❗ grey_exclamation ❕ bangbang ‼️ information_source ℹ️
red_circle 🔴 large_orange_circle 🟠 large_yellow_circle 🟡 large_green_circle 🟢 large_blue_circle 🔵
large_purple_circle 🟣 large_brown_circle 🟤 white_circle ⚪ black_circle ⚫ large_red_square 🟥
large_orange_square 🟧 large_yellow_square 🟨 large_green_square 🟩 large_blue_square 🟦 white_large_square ⬜
black_large_square ⬛ small_red_triangle 🔺 small_red_triangle_down 🔻 large_orange_diamond 🔶
large_blue_diamond 🔷 small_blue_diamond 🔹 small_orange_diamond 🔸 radio_button 🔘
arrow_right ➡️ arrow_left ⬅️ arrow_up ⬆️ arrow_down ⬇️ arrow_upper_right ↗️ arrow_lower_right ↘️
arrow_forward ▶️ arrow_backward ◀️ fast_forward ⏩ rewind ⏪ double_vertical_bar ⏸️ repeat 🔁
arrows_counterclockwise 🔄 arrows_clockwise 🔃 leftwards_arrow_with_hook ↩️ arrow_right_hook ↪️
gear ⚙️ wrench 🔧 hammer 🔨 hammer_and_wrench 🛠️ nut_and_bolt 🔩 toolbox 🧰 mag 🔍 mag_right 🔎 bulb 💡
electric_plug 🔌 battery 🔋 computer 💻 desktop_computer 🖥️ keyboard ⌨️ iphone 📱 floppy_disk 💾 cd 💿
satellite_antenna 📡 rocket 🚀 airplane ✈️ ship 🚢 truck 🚚 car 🚗 construction 🚧 traffic_light 🚥 anchor ⚓
package 📦 mailbox 📫 inbox_tray 📥 outbox_tray 📤 email 📧 envelope ✉️ incoming_envelope 📨
house 🏠 office 🏢 factory 🏭 bank 🏦 hospital 🏥 school 🏫 busts_in_silhouette 👥 bust_in_silhouette 👤
bow 🙇 raising_hand 🙋 man-shrugging 🤷‍♂️ woman-shrugging 🤷‍♀️ technologist 🧑‍💻 detective 🕵️ ninja 🥷
tada 🎉 confetti_ball 🎊 balloon 🎈 gift 🎁 trophy 🏆 medal 🏅 dart 🎯 game_die 🎲 art 🎨 musical_note 🎵 coffee ☕
tea 🍵 beer 🍺 beers 🍻 pizza 🍕 cake 🍰 birthday 🎂 apple 🍎 lemon 🍋 avocado 🥑 popcorn 🍿 moneybag 💰
money_with_wings 💸 credit_card 💳 gem 💎 crown 👑 checkered_flag 🏁 triangular_flag_on_post 🚩
waving_black_flag 🏴 waving_white_flag 🏳️ de 🇩🇪 cn 🇨🇳 jp 🇯🇵 kr 🇰🇷 us 🇺🇸 gb 🇬🇧 in 🇮🇳 sg 🇸🇬 fr 🇫🇷 eu 🇪🇺
zero 0️⃣ one 1️⃣ two 2️⃣ three 3️⃣ four 4️⃣ five 5️⃣ six 6️⃣ seven 7️⃣ eight 8️⃣ nine 9️⃣ keycap_ten 🔟
hash #️⃣ copyright ©️ registered ®️ tm ™️ recycle ♻️ infinity ♾️ new 🆕 free 🆓 up 🆙 cool 🆒 ok 🆗 sos 🆘
soon 🔜 back 🔙 end 🔚 top 🔝 on 🔛 test_tube 🧪 petri_dish 🧫 dna 🧬 microscope 🔬 telescope 🔭 magnet 🧲
abacus 🧮 bricks 🧱 scales ⚖️ chains ⛓️ hook 🪝 ladder 🪜 thermometer 🌡️ compass 🧭 world_map 🗺️
`;

/** @type {Map<string, string>} */
const BY_NAME = new Map();
const words = NAMES.trim().split(/\s+/);
for (let at = 0; at < words.length; at += 2) BY_NAME.set(words[at], words[at + 1]);

/**
 * @param {string} name without its colons
 * @returns {string | undefined}
 */
export const emoji = (name) => BY_NAME.get(name);
