"""Words that names are recognised by: given and family names of the region, titles, and what is never in a name."""

from core.sensitivity.checks import words

PERSONS = words(
    "accused suspect suspects victim victims witness complainant deceased petitioner respondent applicant informer "
    "driver holder owner namely named mr mrs ms miss mst mister one detainee convict culprit"
)
"""Said of a person: the name follows."""
TITLES = words(
    "the a an and or of on in at to for from by with when his her he she it they this that dr prof sir madam sahib si "
    "asi sho hc lhc dsp asp sp ssp dig aig ig igp sub inspector constable head lady assistant deputy superintendent "
    "sergeant officer captain major colonel mobile phone tel cell call contact ring whatsapp cnic nic passport "
    "statement case fir send see imei imsi iban account paid money no male female also mail email number numbers "
    "holds"
)
"""Stands before or behind a name and is no part of it."""
NOT_IN_NAMES = words(
    "police station court act section code penal district division city road street highway bridge hospital school "
    "university college bank branch bureau office department ministry government force unit desk control room centre "
    "center helpline hotline line lines emergency rescue service services women children traffic motorway province "
    "state country republic pakistan punjab sindh balochistan islamabad lahore karachi peshawar quetta interpol "
    "europol union nations united international national federal special agency committee commission article rule "
    "order form report annex chapter table figure version book manual handbook guide course module monday tuesday "
    "wednesday thursday friday saturday sunday january february march april may june july august september october "
    "november december english urdu arabic channel radio corolla civic toyota honda suzuki hilux mehran cultus circle "
    "board chart register record records library exchange team group plaza gate camp valley north south east west "
    "northern southern eastern western commissioner general judge magistrate identity card civil tokens transfers "
    "wallet transfer position"
)
"""One of these makes it an office, a place, a document or a day."""
GIVEN = words(
    "muhammad mohammad mohammed ahmed ahmad ali hassan hasan hussain hussein khan abdul abdullah abdur imran bilal "
    "tariq zahid iqbal shahid mahmood mehmood rashid rasheed aslam akram akbar anwar arshad asif atif ayesha aisha "
    "fatima farah farhan farooq ghulam ghaffar rasool nabi haider hamid hamza haroon ibrahim ijaz irfan ishaq ismail "
    "jamil javed javaid junaid kamran karim kashif khalid latif mansoor mariam maryam masood mubarak mudassar mustafa "
    "nadia nadeem naeem nasir naveed nazir nighat noor omar umar usman uzma parveen qadir qasim rabia rafiq raheem "
    "rahman rehman raja raza rizwan rukhsana saad sadia saeed saima saira sajid salman sana saqib sarfraz shabbir "
    "shafiq shahbaz shahnaz shakeel shazia sohail sultan tahir tanveer waheed wajid waqar waseem yasir yasin yousaf "
    "yusuf zafar zainab zeeshan zubair zulfiqar butt awan bibi begum chaudhry chaudhary malik mirza qureshi sheikh "
    "shaikh siddiqui syed niazi baloch bhatti gul allah ditta"
)
PERSONS_URDU = words(
    "ملزم ملزمہ ملزمان مدعی مدعیہ گواہ مسمی مسماہ مقتول مقتولہ متاثرہ متوفی نام بنام مسافر خاتون شخص ڈرائیور مالک اور "
    "کے کا کی نے کو ولدیت والد والدہ"
)
URDU_NAMES = words(
    "محمد احمد علی حسن حسین خان عبدالرحمن عبداللہ عبدل عبدالغفار عمران بلال طارق زاہد اقبال شاہد محمود رشید راشد اسلم "
    "اکرم اکبر انور ارشد آصف عاطف عائشہ فاطمہ فرح فرحان فاروق غلام رسول نبی حیدر حامد حمزہ ہارون ابراہیم اعجاز عرفان "
    "اسحاق اسماعیل جمیل جاوید جنید کامران کریم کاشف خالد لطیف منصور مریم مسعود مبارک مدثر مصطفی نادیہ ندیم نعیم ناصر "
    "نوید نذیر نگہت نور عمر عثمان عظمی پروین قادر قاسم رابعہ رفیق رحیم رحمن راجہ رضا رضوان رخسانہ سعد سعدیہ سعید "
    "صائمہ سائرہ ساجد سلمان ثنا ثاقب سرفراز شبیر شفیق شہباز شہناز شکیل شازیہ سہیل سلطان طاہر تنویر وحید واجد وقار "
    "وسیم یاسر یاسین یوسف ظفر زینب ذیشان زبیر ذوالفقار بٹ اعوان بی بیگم چوہدری ملک مرزا قریشی شیخ صدیقی سید نیازی "
    "بلوچ بھٹی گل اللہ دتہ"
)
