BEGIN TRANSACTION;
CREATE TABLE access_token (
	kind VARCHAR NOT NULL, 
	object_id INTEGER NOT NULL, 
	scope VARCHAR NOT NULL, 
	token VARCHAR NOT NULL, 
	CONSTRAINT pk_access_token PRIMARY KEY (kind, object_id, scope, token)
);
INSERT INTO "access_token" VALUES('record',1,'audience','member');
INSERT INTO "access_token" VALUES('record',1,'space','open');
INSERT INTO "access_token" VALUES('record',2,'audience','org:2');
INSERT INTO "access_token" VALUES('record',2,'audience','org:3');
INSERT INTO "access_token" VALUES('record',2,'audience','org:4');
INSERT INTO "access_token" VALUES('record',2,'space','open');
INSERT INTO "access_token" VALUES('record',3,'audience','user:1');
INSERT INTO "access_token" VALUES('record',3,'audience','user:2');
INSERT INTO "access_token" VALUES('record',3,'audience','user:3');
INSERT INTO "access_token" VALUES('record',3,'space','open');
INSERT INTO "access_token" VALUES('record',4,'audience','org:2');
INSERT INTO "access_token" VALUES('record',4,'audience','org:3');
INSERT INTO "access_token" VALUES('record',4,'audience','org:4');
INSERT INTO "access_token" VALUES('record',4,'space','space:1');
INSERT INTO "access_token" VALUES('record',5,'audience','member');
INSERT INTO "access_token" VALUES('record',5,'space','open');
INSERT INTO "access_token" VALUES('record',6,'audience','member');
INSERT INTO "access_token" VALUES('record',6,'space','open');
INSERT INTO "access_token" VALUES('record',7,'audience','member');
INSERT INTO "access_token" VALUES('record',7,'space','open');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE attachment (
	id INTEGER NOT NULL, 
	record_id INTEGER NOT NULL, 
	filename VARCHAR NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	size INTEGER NOT NULL, 
	media_type VARCHAR NOT NULL, 
	added_by INTEGER NOT NULL, 
	added_at DATETIME NOT NULL, 
	CONSTRAINT pk_attachment PRIMARY KEY (id), 
	CONSTRAINT fk_attachment_added_by_user FOREIGN KEY(added_by) REFERENCES user (id), 
	CONSTRAINT fk_attachment_record_id_record FOREIGN KEY(record_id) REFERENCES record (id), 
	CONSTRAINT uq_attachment_record_id_sha256 UNIQUE (record_id, sha256)
);
INSERT INTO "attachment" VALUES(1,1,'field-card.txt','374435f23a530de46f4a1a3dfb67cb99d3fad81c84d9c222c3997a2f69a4caf2',60,'text/plain',1,'2026-11-20 09:00:00.000000');
INSERT INTO "attachment" VALUES(2,1,'handbook.pdf','d29ff71f614f943b344b6dac524cb06015eacc344bd07e3781703708b790822e',1733,'application/pdf',1,'2026-11-20 09:00:00.000000');
INSERT INTO "attachment" VALUES(3,2,'field-card.txt','374435f23a530de46f4a1a3dfb67cb99d3fad81c84d9c222c3997a2f69a4caf2',60,'text/plain',1,'2026-11-20 09:00:00.000000');
INSERT INTO "attachment" VALUES(4,3,'تفتیشی رپورٹ.md','782bfe75b19f21be8dafe662bae18bffaaafcbb46a0818a29ec640dd86c3d0eb',37,'text/markdown',1,'2026-11-20 09:00:00.000000');
INSERT INTO "attachment" VALUES(5,5,'locked.bin','d70ff330e96bd299699be8b4356da88ff32a7e7dd488d466edde2c6a8f81eff2',160,'application/octet-stream',1,'2026-11-20 09:00:00.000000');
INSERT INTO "attachment" VALUES(6,6,'old.txt','193800fa769e16670f303e1ed2e3b4a88485e98bfba0d63b68e1792c3c72ca17',28,'text/plain',1,'2026-11-20 09:00:00.000000');
INSERT INTO "attachment" VALUES(7,7,'quokka.txt','e55fe7f1d80dff388826af13bd7e8fbdccf66ce11e76c3fdba10f8f3b8f44ddf',32,'text/plain',2,'2026-11-20 09:00:00.000000');
CREATE TABLE audit_event (
	number INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	actor_id INTEGER, 
	action VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	object_id INTEGER, 
	details JSON NOT NULL, 
	address VARCHAR NOT NULL, 
	hash VARCHAR NOT NULL, 
	CONSTRAINT pk_audit_event PRIMARY KEY (number)
);
INSERT INTO "audit_event" VALUES(1,'2026-11-20 09:00:00.000000',NULL,'organisation.client_declared','organisation',2,'{"client": "lab"}','','b98c2b20e04bab0ec731f4b019db9899efc85142ad6c62fb8c3644e08d79b9b8');
INSERT INTO "audit_event" VALUES(2,'2026-11-20 09:00:00.000000',1,'record.created','record',1,'{"kind": "sop", "marking": "GREEN"}','','0f88a10622e4c25c369fe8c73cf9bd8ea61dc1f17b1dd96ac9e08dff5ca13f06');
INSERT INTO "audit_event" VALUES(3,'2026-11-20 09:00:00.000000',1,'record.published','record',1,'{"revision": 2}','','f49f7398031953e77b7e92dc3400552b37613180712d089dfc9593c21fa52b0e');
INSERT INTO "audit_event" VALUES(4,'2026-11-20 09:00:00.000000',1,'attachment.added','record',1,'{"attachment": 1, "sha256": "374435f23a530de46f4a1a3dfb67cb99d3fad81c84d9c222c3997a2f69a4caf2"}','','fddcdae8b742c35dbe98ff9ca3b3d4ded4419611a605dd912c1ad9b0c30c6dde');
INSERT INTO "audit_event" VALUES(5,'2026-11-20 09:00:00.000000',1,'attachment.added','record',1,'{"attachment": 2, "sha256": "d29ff71f614f943b344b6dac524cb06015eacc344bd07e3781703708b790822e"}','','24002ebcea1b780396b2185906800d504a15c5b9626d3548790f8914004bbc89');
INSERT INTO "audit_event" VALUES(6,'2026-11-20 09:00:00.000000',1,'record.created','record',2,'{"kind": "sop", "marking": "AMBER"}','','28689e0431c72c21ad91297187978e55dc666594e6528dc0682b30c3d5ea1c9d');
INSERT INTO "audit_event" VALUES(7,'2026-11-20 09:00:00.000000',1,'record.published','record',2,'{"revision": 2}','','2eb946928a41c220bd238ec75ed4f7a1fb7516176f5e319978b9e48e3c06578a');
INSERT INTO "audit_event" VALUES(8,'2026-11-20 09:00:00.000000',1,'attachment.added','record',2,'{"attachment": 3, "sha256": "374435f23a530de46f4a1a3dfb67cb99d3fad81c84d9c222c3997a2f69a4caf2"}','','cc4652d3e78f1dfefe90c2395ec881a6d2483f7e794a7135ff3ee5d86675f019');
INSERT INTO "audit_event" VALUES(9,'2026-11-20 09:00:00.000000',1,'record.created','record',3,'{"kind": "sop", "marking": "RED"}','','a27a92f6119d34bf3b4721738f4ab33ce7fdcece2f28e65d79e66b51bc2d2f76');
INSERT INTO "audit_event" VALUES(10,'2026-11-20 09:00:00.000000',1,'record.published','record',3,'{"revision": 2}','','3dc4884a3b423be6d8063828957d1988965568de6ea232ceb6abac5f781e6731');
INSERT INTO "audit_event" VALUES(11,'2026-11-20 09:00:00.000000',1,'attachment.added','record',3,'{"attachment": 4, "sha256": "782bfe75b19f21be8dafe662bae18bffaaafcbb46a0818a29ec640dd86c3d0eb"}','','cfef061680b3ff7dfeaa97f44ebca2e1ea49781c937c5c049f8f41d50a5447d7');
INSERT INTO "audit_event" VALUES(12,'2026-11-20 09:00:00.000000',1,'record.created','record',4,'{"kind": "sop", "marking": "AMBER+STRICT"}','','fbb34609ba72b3503f92dced290d01e11ca157076a6c9626b08ecb3909983b65');
INSERT INTO "audit_event" VALUES(13,'2026-11-20 09:00:00.000000',1,'record.published','record',4,'{"revision": 2}','','eaae34075fabf5913f5a51851b28522abdcf59feb466146ca9b4b2b108102877');
INSERT INTO "audit_event" VALUES(14,'2026-11-20 09:00:00.000000',1,'record.created','record',5,'{"kind": "sop", "marking": "GREEN"}','','abff5446fcb182460bf1e8a67df0137534a6f7f0547350a97ecc974759f61486');
INSERT INTO "audit_event" VALUES(15,'2026-11-20 09:00:00.000000',1,'attachment.added','record',5,'{"attachment": 5, "sha256": "d70ff330e96bd299699be8b4356da88ff32a7e7dd488d466edde2c6a8f81eff2"}','','2d8c620e6e9530e0790366e0e1278093f80548e2e657455397edcde0ab327206');
INSERT INTO "audit_event" VALUES(16,'2026-11-20 09:00:00.000000',1,'record.created','record',6,'{"kind": "sop", "marking": "GREEN"}','','999434d16240c7da53e59f276383f7ebdd182e895810d168767017b6c59867b1');
INSERT INTO "audit_event" VALUES(17,'2026-11-20 09:00:00.000000',1,'record.published','record',6,'{"revision": 2}','','83aafb8d6de8336ab3e1becf2aac9cb8ce6954b9fa4ab5539106d067c3450395');
INSERT INTO "audit_event" VALUES(18,'2026-11-20 09:00:00.000000',1,'attachment.added','record',6,'{"attachment": 6, "sha256": "193800fa769e16670f303e1ed2e3b4a88485e98bfba0d63b68e1792c3c72ca17"}','','5243f65fc889a799b410951940afd44592ff5eee8fff950a44ed3b22517bbd10');
INSERT INTO "audit_event" VALUES(19,'2026-11-20 09:00:00.000000',1,'record.withdrawn','record',6,'{}','','edbd8e23a79f5c3ed14c5df554a342eed6b1d50562d6f4effd0cdcec036a76b2');
INSERT INTO "audit_event" VALUES(20,'2026-11-20 09:00:00.000000',1,'request.created','request',1,'{}','','197d8353d0d5a328e27e9eaac942b5293c87b07c7b57f5068550727772c8250e');
INSERT INTO "audit_event" VALUES(21,'2026-11-20 09:00:00.000000',2,'request.answered','request',1,'{}','','fdcadd454190e27f73424b06a0c649a30c2cbd9fc6766da6d9041205c32870f9');
INSERT INTO "audit_event" VALUES(22,'2026-11-20 09:00:00.000000',1,'request.created','request',2,'{}','','14d7b673d3b15568f5cc2b05af167dc6e0b16c7628b64bd82056a3b8f1b6ae6d');
INSERT INTO "audit_event" VALUES(23,'2026-11-20 09:00:00.000000',2,'record.created','record',7,'{"kind": "sop", "marking": "GREEN"}','','3dc646d20bbd93e5b8af167febca30ccb373aa6baac9c6ea42cf0c2b738219df');
INSERT INTO "audit_event" VALUES(24,'2026-11-20 09:00:00.000000',2,'attachment.added','record',7,'{"attachment": 7, "sha256": "e55fe7f1d80dff388826af13bd7e8fbdccf66ce11e76c3fdba10f8f3b8f44ddf"}','','6a00b21dbd9e8018b2e876c3d8505c81d8153c603901a0170849f28074dbbc08');
INSERT INTO "audit_event" VALUES(25,'2026-11-20 09:00:00.000000',2,'record.published','record',7,'{"revision": 3}','','ae0513c047ea6febfbf3183d6b33ddf0b8e881ffab3ad218f5107ec0a0769f60');
INSERT INTO "audit_event" VALUES(26,'2026-11-20 09:00:00.000000',2,'record.imported','record',7,'{"digest": "e55fe7f1d80dff388826af13bd7e8fbdccf66ce11e76c3fdba10f8f3b8f44ddf"}','','dff961de59d3cf0dbb89da2137948ca75d4031dbc8ac8dd99b4ecd4fe7b1572a');
INSERT INTO "audit_event" VALUES(27,'2026-11-20 09:00:00.000000',1,'attachment.added','record',1,'{"attachment": 8, "sha256": "a698e147d9c7177d62efe074e2209b2a6ea8796aac1ab172fb0f32d756bb1652"}','','439a6662d81215faf15dc270dd2e4f131278bd081d93012468a0ea2d6c0b2001');
INSERT INTO "audit_event" VALUES(28,'2026-11-20 09:00:00.000000',1,'attachment.removed','record',1,'{"attachment": 8, "sha256": "a698e147d9c7177d62efe074e2209b2a6ea8796aac1ab172fb0f32d756bb1652"}','','038037a22bf6631fc9e7d92be8595da14bb89df7b6dfd87a89a1b278c4337502');
INSERT INTO "audit_event" VALUES(29,'2026-11-20 09:00:00.000000',NULL,'user.sign_in_failed','',NULL,'{}','','61134f53af53a57f665dcd7bb0c575b92c98af9b9cb2f4b7651c9c0cd3f318f6');
CREATE TABLE audit_head (
	id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	hash VARCHAR NOT NULL, 
	CONSTRAINT pk_audit_head PRIMARY KEY (id)
);
INSERT INTO "audit_head" VALUES(1,29,'61134f53af53a57f665dcd7bb0c575b92c98af9b9cb2f4b7651c9c0cd3f318f6');
CREATE TABLE dictionary_entry (
	kind VARCHAR NOT NULL, 
	object_id INTEGER NOT NULL, 
	digest VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	words VARCHAR NOT NULL, 
	CONSTRAINT pk_dictionary_entry PRIMARY KEY (kind, object_id)
);
INSERT INTO "dictionary_entry" VALUES('record',1,'30a0d0608fd7baac36a5d5a177b881ed','Handling a seized phone','and bag bwc does down each every faraday first five from handbook handling has hour in isolated isolation it keep network of officer on pangolin phone phones pouch powered procedure records seized step steps the time use what write zanzibar');
INSERT INTO "dictionary_entry" VALUES('record',7,'36b2de796c36bd9094fb2812001f55aa','An imported document','about an and document does first from hour imported in isolated it keep network officer powered quokka the what words');
CREATE TABLE dictionary_word (
	word VARCHAR NOT NULL, 
	documents INTEGER NOT NULL, 
	CONSTRAINT pk_dictionary_word PRIMARY KEY (word)
);
INSERT INTO "dictionary_word" VALUES('about',1);
INSERT INTO "dictionary_word" VALUES('an',1);
INSERT INTO "dictionary_word" VALUES('and',2);
INSERT INTO "dictionary_word" VALUES('bag',1);
INSERT INTO "dictionary_word" VALUES('bwc',1);
INSERT INTO "dictionary_word" VALUES('document',1);
INSERT INTO "dictionary_word" VALUES('does',2);
INSERT INTO "dictionary_word" VALUES('down',1);
INSERT INTO "dictionary_word" VALUES('each',1);
INSERT INTO "dictionary_word" VALUES('every',1);
INSERT INTO "dictionary_word" VALUES('faraday',1);
INSERT INTO "dictionary_word" VALUES('first',2);
INSERT INTO "dictionary_word" VALUES('five',1);
INSERT INTO "dictionary_word" VALUES('from',2);
INSERT INTO "dictionary_word" VALUES('handbook',1);
INSERT INTO "dictionary_word" VALUES('handling',1);
INSERT INTO "dictionary_word" VALUES('has',1);
INSERT INTO "dictionary_word" VALUES('hour',2);
INSERT INTO "dictionary_word" VALUES('imported',1);
INSERT INTO "dictionary_word" VALUES('in',2);
INSERT INTO "dictionary_word" VALUES('isolated',2);
INSERT INTO "dictionary_word" VALUES('isolation',1);
INSERT INTO "dictionary_word" VALUES('it',2);
INSERT INTO "dictionary_word" VALUES('keep',2);
INSERT INTO "dictionary_word" VALUES('network',2);
INSERT INTO "dictionary_word" VALUES('of',1);
INSERT INTO "dictionary_word" VALUES('officer',2);
INSERT INTO "dictionary_word" VALUES('on',1);
INSERT INTO "dictionary_word" VALUES('pangolin',1);
INSERT INTO "dictionary_word" VALUES('phone',1);
INSERT INTO "dictionary_word" VALUES('phones',1);
INSERT INTO "dictionary_word" VALUES('pouch',1);
INSERT INTO "dictionary_word" VALUES('powered',2);
INSERT INTO "dictionary_word" VALUES('procedure',1);
INSERT INTO "dictionary_word" VALUES('quokka',1);
INSERT INTO "dictionary_word" VALUES('records',1);
INSERT INTO "dictionary_word" VALUES('seized',1);
INSERT INTO "dictionary_word" VALUES('step',1);
INSERT INTO "dictionary_word" VALUES('steps',1);
INSERT INTO "dictionary_word" VALUES('the',2);
INSERT INTO "dictionary_word" VALUES('time',1);
INSERT INTO "dictionary_word" VALUES('use',1);
INSERT INTO "dictionary_word" VALUES('what',2);
INSERT INTO "dictionary_word" VALUES('words',1);
INSERT INTO "dictionary_word" VALUES('write',1);
INSERT INTO "dictionary_word" VALUES('zanzibar',1);
CREATE TABLE dirty_mark (
	id INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	object_id INTEGER NOT NULL, 
	reason VARCHAR NOT NULL, 
	touch INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	available_at DATETIME NOT NULL, 
	claimed_until DATETIME, 
	attempts INTEGER NOT NULL, 
	error VARCHAR NOT NULL, 
	parked BOOLEAN NOT NULL, 
	CONSTRAINT pk_dirty_mark PRIMARY KEY (id), 
	CONSTRAINT uq_dirty_mark_kind_object_id UNIQUE (kind, object_id)
);
INSERT INTO "dirty_mark" VALUES(1,'record',1,'audience',1,'2026-11-20 09:00:00.000000','2026-11-20 09:00:00.000000',NULL,0,'',0);
CREATE TABLE file_text (
	sha256 VARCHAR NOT NULL, 
	media_type VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	pages INTEGER, 
	truncated BOOLEAN NOT NULL, 
	blocks JSON NOT NULL, 
	claimed_until DATETIME, 
	attempts INTEGER NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_file_text PRIMARY KEY (sha256)
);
INSERT INTO "file_text" VALUES('374435f23a530de46f4a1a3dfb67cb99d3fad81c84d9c222c3997a2f69a4caf2','text/plain','ok','',NULL,0,'[{"text": "Faraday pouch first.\n\nThe zanzibar procedure has five steps.", "heading": "", "page": null}]',NULL,1,'2026-11-20 09:00:00.000000');
INSERT INTO "file_text" VALUES('d29ff71f614f943b344b6dac524cb06015eacc344bd07e3781703708b790822e','application/pdf','ok','',1,0,'[{"text": "Handbook\n\n## Isolation\n\nUse the pangolin bag on every seized phone.\n\n## Records\n\nWrite down the time of each step.", "heading": "Handbook", "page": 1}]',NULL,1,'2026-11-20 09:00:00.000000');
INSERT INTO "file_text" VALUES('782bfe75b19f21be8dafe662bae18bffaaafcbb46a0818a29ec640dd86c3d0eb','text/markdown','ok','',NULL,0,'[{"text": "The okapi gate opens at five.", "heading": "Plan", "page": null}]',NULL,1,'2026-11-20 09:00:00.000000');
INSERT INTO "file_text" VALUES('d70ff330e96bd299699be8b4356da88ff32a7e7dd488d466edde2c6a8f81eff2','application/octet-stream','unsupported','The text of files of this type cannot be read.',NULL,0,'[]',NULL,1,'2026-11-20 09:00:00.000000');
INSERT INTO "file_text" VALUES('193800fa769e16670f303e1ed2e3b4a88485e98bfba0d63b68e1792c3c72ca17','text/plain','ok','',NULL,0,'[{"text": "Words of a withdrawn record.", "heading": "", "page": null}]',NULL,1,'2026-11-20 09:00:00.000000');
INSERT INTO "file_text" VALUES('e55fe7f1d80dff388826af13bd7e8fbdccf66ce11e76c3fdba10f8f3b8f44ddf','text/plain','ok','',NULL,0,'[{"text": "Imported words about the quokka.", "heading": "", "page": null}]',NULL,1,'2026-11-20 09:00:00.000000');
CREATE TABLE file_use (
	sha256 VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	object_id INTEGER NOT NULL, 
	CONSTRAINT pk_file_use PRIMARY KEY (sha256, kind, object_id)
);
INSERT INTO "file_use" VALUES('374435f23a530de46f4a1a3dfb67cb99d3fad81c84d9c222c3997a2f69a4caf2','record',1);
INSERT INTO "file_use" VALUES('d29ff71f614f943b344b6dac524cb06015eacc344bd07e3781703708b790822e','record',1);
INSERT INTO "file_use" VALUES('374435f23a530de46f4a1a3dfb67cb99d3fad81c84d9c222c3997a2f69a4caf2','record',2);
INSERT INTO "file_use" VALUES('782bfe75b19f21be8dafe662bae18bffaaafcbb46a0818a29ec640dd86c3d0eb','record',3);
INSERT INTO "file_use" VALUES('d70ff330e96bd299699be8b4356da88ff32a7e7dd488d466edde2c6a8f81eff2','record',5);
INSERT INTO "file_use" VALUES('193800fa769e16670f303e1ed2e3b4a88485e98bfba0d63b68e1792c3c72ca17','record',6);
INSERT INTO "file_use" VALUES('e55fe7f1d80dff388826af13bd7e8fbdccf66ce11e76c3fdba10f8f3b8f44ddf','record',7);
CREATE TABLE follow (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	target VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_follow PRIMARY KEY (id), 
	CONSTRAINT fk_follow_user_id_user FOREIGN KEY(user_id) REFERENCES user (id), 
	CONSTRAINT uq_follow_user_id_target UNIQUE (user_id, target)
);
INSERT INTO "follow" VALUES(1,1,'topic:cybercrime','2026-11-20 09:00:00.000000');
CREATE TABLE knowledge_request (
	id INTEGER NOT NULL, 
	question VARCHAR NOT NULL, 
	details TEXT NOT NULL, 
	asker_id INTEGER NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	status VARCHAR NOT NULL, 
	answer VARCHAR NOT NULL, 
	handled_by INTEGER, 
	created_at DATETIME NOT NULL, 
	handled_at DATETIME, 
	CONSTRAINT pk_knowledge_request PRIMARY KEY (id), 
	CONSTRAINT fk_knowledge_request_asker_id_user FOREIGN KEY(asker_id) REFERENCES user (id), 
	CONSTRAINT fk_knowledge_request_handled_by_user FOREIGN KEY(handled_by) REFERENCES user (id), 
	CONSTRAINT fk_knowledge_request_organisation_id_organisation FOREIGN KEY(organisation_id) REFERENCES organisation (id)
);
INSERT INTO "knowledge_request" VALUES(1,'How are drones seized?','At the border.',1,2,'answered','See the first record.',2,'2026-11-20 09:00:00.000000','2026-11-20 09:00:00.000000');
INSERT INTO "knowledge_request" VALUES(2,'Who speaks Swahili?','',1,2,'open','',NULL,'2026-11-20 09:00:00.000000',NULL);
CREATE TABLE notice (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	event VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	object_id INTEGER, 
	details JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	read_at DATETIME, 
	CONSTRAINT pk_notice PRIMARY KEY (id), 
	CONSTRAINT fk_notice_user_id_user FOREIGN KEY(user_id) REFERENCES user (id)
);
INSERT INTO "notice" VALUES(1,2,'request.created','request',1,'{}','2026-11-20 09:00:00.000000',NULL);
INSERT INTO "notice" VALUES(2,1,'request.answered','request',1,'{}','2026-11-20 09:00:00.000000',NULL);
INSERT INTO "notice" VALUES(3,2,'request.created','request',2,'{}','2026-11-20 09:00:00.000000',NULL);
CREATE TABLE organisation (
	id INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	acronym VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	parent_id INTEGER, 
	country VARCHAR NOT NULL, 
	strength INTEGER NOT NULL, 
	default_marking VARCHAR NOT NULL, 
	CONSTRAINT pk_organisation PRIMARY KEY (id), 
	CONSTRAINT fk_organisation_parent_id_organisation FOREIGN KEY(parent_id) REFERENCES organisation (id), 
	CONSTRAINT uq_organisation_key UNIQUE ("key")
);
INSERT INTO "organisation" VALUES(1,'bureau','Bureau','BUREAU','police',NULL,'',0,'GREEN');
INSERT INTO "organisation" VALUES(2,'cid','Cid','CID','police',1,'',0,'GREEN');
INSERT INTO "organisation" VALUES(3,'port','Port','PORT','police',NULL,'',0,'GREEN');
INSERT INTO "organisation" VALUES(4,'lab','Lab','LAB','police',NULL,'',0,'GREEN');
CREATE TABLE organisation_client (
	organisation_id INTEGER NOT NULL, 
	client_id INTEGER NOT NULL, 
	CONSTRAINT pk_organisation_client PRIMARY KEY (organisation_id, client_id), 
	CONSTRAINT fk_organisation_client_client_id_organisation FOREIGN KEY(client_id) REFERENCES organisation (id), 
	CONSTRAINT fk_organisation_client_organisation_id_organisation FOREIGN KEY(organisation_id) REFERENCES organisation (id)
);
INSERT INTO "organisation_client" VALUES(2,4);
CREATE TABLE passage_vector (
	text_digest VARCHAR NOT NULL, 
	model_digest VARCHAR NOT NULL, 
	vector BLOB NOT NULL, 
	CONSTRAINT pk_passage_vector PRIMARY KEY (text_digest, model_digest)
);
INSERT INTO "passage_vector" VALUES('083d46d155941fb25702749864c10cca','hash-64',X'0000000000000000000000000038000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000038000000000000000000000000000000000000000000000000003800000000000000000000003800000000000000000000000000000000000000000000');
INSERT INTO "passage_vector" VALUES('7480d16c805c353222598c97e10780ed','hash-64',X'0000000000000000000000002234000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000022B422340000000000000000000022B8223400000000D8350000000022340000000022B40000D8B5223400000000000000000000000000000000000000000000');
INSERT INTO "passage_vector" VALUES('514984866badb19685b9093e891423eb','hash-64',X'000000000000003400000034003400000000000000000000000000000000000000B400000000000000000000000000000000000000B400000000000000B400000000003400000000000000000000A8B5000000000000A835000000000034000000000000000000B4003400000034000000B40000000000000000000000000000');
INSERT INTO "passage_vector" VALUES('f5594269998d0224dfb843444c764cee','hash-64',X'000000000000223400000000223400000000000022380000000000000000000000000000000000000000000000000000000022B4000000000000000022B40000000022340000000000002234000000000000000000002234000000002234000000000000000022B4223422B40000000000000000000000000000000000000000');
INSERT INTO "passage_vector" VALUES('6a68fc3c7eacca26f087cd7b421224ab','hash-64',X'0000000000008832000000008832000088320000000000000000000000000000000088320000000000000000000000000000000088B200000000883288B60000883288328832000088B28832000000000000000000000000000000009E3488320000000000009EB49E340000000000000000000000000000000088B200008832');
INSERT INTO "passage_vector" VALUES('4df2c6aed95c0fe2cc35bfd38993f24e','hash-64',X'0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000009E380000000000009E38000000000000000000000000000000000000000000000000000000000000000000000000000000009EB800000000000000000000');
INSERT INTO "passage_vector" VALUES('aa6c8207a8a9a96290f0986f7d30fd63','hash-64',X'0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000047B447340000000000004734000047B84734000000000C360000000000000000000047B400000CB600000000000000000000000047B400000000000000000000');
INSERT INTO "passage_vector" VALUES('689ba9cde819f0331f6ada50bbdf88c2','hash-64',X'000000000000223400002234000000000000000000000000000000000000000022B400000000000000000000000000000000000022B400000000000022B400000000223400000000000022340000D8B5000000000000D835000000000000000000000000000022B4000000002234000022B4000022B400000000000000000000');
INSERT INTO "passage_vector" VALUES('33be068be5609d54c05a98450adb5d68','hash-64',X'000000000000003400000000000000000000000000380000000000000000000000000000000000000000000000000000000000B4000000000000000000B40000000000340000000000000038000000000000000000000034000000000000000000000000000000B4000000B4000000000000000000B400000000000000000000');
INSERT INTO "passage_vector" VALUES('03480ead5a879df5486b3b6c039acf49','hash-64',X'000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000380000000000000000000000000000003800000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000B800380000');
INSERT INTO "passage_vector" VALUES('cd7b4d5b96964e353524e0bb3f16e04c','hash-64',X'0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000223400000000000000000000000022B422340000000000000000000022B8223400000000D8350000000000000000000022B40000D8B500000000000000000000000000000000000022B422340000');
INSERT INTO "passage_vector" VALUES('0cd9bae885357fea2aaca8c8db4d8cff','hash-64',X'000000000000003400000034000000000000000000000000000000000000000000B400000000000000000000000000000000003400B400000000000000B400000000003400000000000000000000A8B5000000000000A835000000000000000000000000000000B4000000000034000000B4000000000000000000B400340000');
INSERT INTO "passage_vector" VALUES('89ad064678274a3a3ffc6a9bc18b032d','hash-64',X'0000000000000000000000000000000000000000D3B40000000000000000D3B400000000D3B4000000000000000000000000D3340000000000000000D3B400000000D334000000000000D3340000000000000000000000000000000000000000000000000000D3B4000000000000000000000000000000000000D3B4D3360000');
INSERT INTO "passage_vector" VALUES('ad0555ab7c229c76aa1db3f250e5912d','hash-64',X'0000000000000038000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000B8000000000000000000000000000000000000000000000000000000B8000000000000000000000000000000B8000000000000000000000000000000000000000000000000');
INSERT INTO "passage_vector" VALUES('6b65ffbae4165eb33683d64d036bf3df','hash-64',X'0000000000002234000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000022B40000000022B400000000000000000000000022B8223400000000D82E0000000000000000000022B40000FDB8000000000000000000000000000000000000000000000000');
INSERT INTO "passage_vector" VALUES('48dfdf0636ead5c104ea0e3533a96c1d','hash-64',X'000000000000B9370000B9330000000000000000000000000000000000000000B9B3000000000000000000000000000000000000B9B300000000B9B3B9B30000000000000000000000000000000076B5000000000000662E0000000000000000000000000000B9B700000000B9330000B9B30000000000000000000000000000');
INSERT INTO "passage_vector" VALUES('d02f18aaa8299a66e4681f4a45035858','hash-64',X'000000000000000000000000000000000000000000000000000000009E38000000000000000000000000000000000000000000000000000000000000000000000000000000009EB8000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000009EB80000000000000000');
INSERT INTO "passage_vector" VALUES('1a9ec5197b2067b186ec790ba975c2ed','hash-64',X'0000000000000000000000000000000000000000000000000000000047340000000000000000000000000000000000000000000000000000000000000000000047B40000000047B400000000000047B84734000000000C360000000000000000000047B400000CB6000000000000000000000000000047B40000000000000000');
INSERT INTO "passage_vector" VALUES('030d8474e434ff20c46395ab8630cf24','hash-64',X'000000000000223400002234000000000000000000000000000000002234000022B400000000000000000000000000000000000022B400000000000022B4000000000000000022B4000000000000D8B5000000000000D835000000000000000000000000000022B4000000002234000022B40000000022B40000000000000000');
INSERT INTO "passage_vector" VALUES('d882502525031e2f6bf98cdfd9cb7240','hash-64',X'00000000000000000000000000000000A83500000000000000000000003800000000000000000000000000000000000000000000000000000000000000000000000000000000A8B5000000000000A8B5000000000000000000000000000000000000A8350000A8B50000000000000000000000000000A8B50000000000000000');
CREATE TABLE recent_search (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	text VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_recent_search PRIMARY KEY (id), 
	CONSTRAINT fk_recent_search_user_id_user FOREIGN KEY(user_id) REFERENCES user (id), 
	CONSTRAINT uq_recent_search_user_id_text UNIQUE (user_id, text)
);
INSERT INTO "recent_search" VALUES(1,1,'seized phone','2026-11-20 09:00:00.000000');
CREATE TABLE record (
	id INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	summary VARCHAR NOT NULL, 
	body_source TEXT NOT NULL, 
	body_html TEXT NOT NULL, 
	rendered_by INTEGER NOT NULL, 
	fields JSON NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	author_id INTEGER NOT NULL, 
	country VARCHAR NOT NULL, 
	language VARCHAR NOT NULL, 
	year INTEGER NOT NULL, 
	effect VARCHAR NOT NULL, 
	strength INTEGER NOT NULL, 
	marking VARCHAR NOT NULL, 
	space_id INTEGER, 
	status VARCHAR NOT NULL, 
	status_reason VARCHAR NOT NULL, 
	revision INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	changed_at DATETIME NOT NULL, 
	published_at DATETIME, 
	published_by INTEGER, 
	reviewed_on DATE, 
	review_due DATE, 
	import_digest VARCHAR, 
	CONSTRAINT pk_record PRIMARY KEY (id), 
	CONSTRAINT fk_record_author_id_user FOREIGN KEY(author_id) REFERENCES user (id), 
	CONSTRAINT fk_record_organisation_id_organisation FOREIGN KEY(organisation_id) REFERENCES organisation (id), 
	CONSTRAINT fk_record_published_by_user FOREIGN KEY(published_by) REFERENCES user (id), 
	CONSTRAINT fk_record_space_id_space FOREIGN KEY(space_id) REFERENCES space (id), 
	CONSTRAINT uq_record_import_digest UNIQUE (import_digest)
);
INSERT INTO "record" VALUES(1,'sop','Handling a seized phone','What the first officer does in the first hour.','## First hour

Keep it powered and isolated from the network.','<h2 id="s-first-hour">First hour</h2>
<p>Keep it powered and isolated from the network.</p>
',2,'{}',2,1,'PK','en',2026,'unknown',0,'GREEN',NULL,'published','',6,'2026-11-20 09:00:00.000000','2026-11-20 09:00:00.000000','2026-11-20 09:00:00.000000',1,'2026-11-20','2027-01-01',NULL);
INSERT INTO "record" VALUES(2,'sop','A controlled delivery','What the first officer does in the first hour.','## First hour

Keep it powered and isolated from the network.','<h2 id="s-first-hour">First hour</h2>
<p>Keep it powered and isolated from the network.</p>
',2,'{}',2,1,'','en',2024,'unknown',0,'AMBER',NULL,'published','',3,'2026-11-20 09:00:00.000000','2026-11-20 09:00:00.000000','2026-11-20 09:00:00.000000',1,'2026-11-20','2027-11-20',NULL);
INSERT INTO "record" VALUES(3,'sop','Plan of a raid','What the first officer does in the first hour.','## First hour

Keep it powered and isolated from the network.','<h2 id="s-first-hour">First hour</h2>
<p>Keep it powered and isolated from the network.</p>
',2,'{}',2,1,'','en',2026,'unknown',0,'RED',NULL,'published','',3,'2026-11-20 09:00:00.000000','2026-11-20 09:00:00.000000','2026-11-20 09:00:00.000000',1,'2026-11-20','2027-11-20',NULL);
INSERT INTO "record" VALUES(4,'sop','Strictly between two bodies','What the first officer does in the first hour.','## First hour

Keep it powered and isolated from the network.','<h2 id="s-first-hour">First hour</h2>
<p>Keep it powered and isolated from the network.</p>
',2,'{}',2,1,'','en',2026,'unknown',0,'AMBER+STRICT',1,'published','',2,'2026-11-20 09:00:00.000000','2026-11-20 09:00:00.000000','2026-11-20 09:00:00.000000',1,'2026-11-20','2027-11-20',NULL);
INSERT INTO "record" VALUES(5,'sop','A draft with a file','What the first officer does in the first hour.','## First hour

Keep it powered and isolated from the network.','<h2 id="s-first-hour">First hour</h2>
<p>Keep it powered and isolated from the network.</p>
',2,'{}',2,1,'','en',2026,'unknown',0,'GREEN',NULL,'draft','',2,'2026-11-20 09:00:00.000000','2026-11-20 09:00:00.000000',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "record" VALUES(6,'sop','Taken back','What the first officer does in the first hour.','## First hour

Keep it powered and isolated from the network.','<h2 id="s-first-hour">First hour</h2>
<p>Keep it powered and isolated from the network.</p>
',2,'{}',2,1,'','en',2026,'unknown',0,'GREEN',NULL,'withdrawn','It is out of date.',4,'2026-11-20 09:00:00.000000','2026-11-20 09:00:00.000000','2026-11-20 09:00:00.000000',1,'2026-11-20','2027-11-20',NULL);
INSERT INTO "record" VALUES(7,'sop','An imported document','What the first officer does in the first hour.','## First hour

Keep it powered and isolated from the network.','<h2 id="s-first-hour">First hour</h2>
<p>Keep it powered and isolated from the network.</p>
',2,'{}',2,2,'','en',2026,'unknown',0,'GREEN',NULL,'published','',3,'2026-11-20 09:00:00.000000','2026-11-20 09:00:00.000000','2026-11-20 09:00:00.000000',2,'2026-11-20','2027-11-20','e55fe7f1d80dff388826af13bd7e8fbdccf66ce11e76c3fdba10f8f3b8f44ddf');
CREATE TABLE record_recipient (
	id INTEGER NOT NULL, 
	record_id INTEGER NOT NULL, 
	organisation_id INTEGER, 
	user_id INTEGER, 
	CONSTRAINT pk_record_recipient PRIMARY KEY (id), 
	CONSTRAINT fk_record_recipient_organisation_id_organisation FOREIGN KEY(organisation_id) REFERENCES organisation (id), 
	CONSTRAINT fk_record_recipient_record_id_record FOREIGN KEY(record_id) REFERENCES record (id), 
	CONSTRAINT fk_record_recipient_user_id_user FOREIGN KEY(user_id) REFERENCES user (id), 
	CONSTRAINT uq_record_recipient_record_id_organisation_id_user_id UNIQUE (record_id, organisation_id, user_id)
);
INSERT INTO "record_recipient" VALUES(1,2,3,NULL);
INSERT INTO "record_recipient" VALUES(2,3,NULL,2);
INSERT INTO "record_recipient" VALUES(3,3,NULL,3);
INSERT INTO "record_recipient" VALUES(4,4,3,NULL);
INSERT INTO "record_recipient" VALUES(5,4,4,NULL);
CREATE TABLE record_tag (
	record_id INTEGER NOT NULL, 
	tag VARCHAR NOT NULL, 
	CONSTRAINT pk_record_tag PRIMARY KEY (record_id, tag), 
	CONSTRAINT fk_record_tag_record_id_record FOREIGN KEY(record_id) REFERENCES record (id)
);
INSERT INTO "record_tag" VALUES(1,'phones');
INSERT INTO "record_tag" VALUES(1,'bwc 2');
INSERT INTO "record_tag" VALUES(2,'delivery');
INSERT INTO "record_tag" VALUES(3,'raid');
INSERT INTO "record_tag" VALUES(5,'unfinished');
INSERT INTO "record_tag" VALUES(6,'old');
CREATE TABLE record_topic (
	record_id INTEGER NOT NULL, 
	topic VARCHAR NOT NULL, 
	CONSTRAINT pk_record_topic PRIMARY KEY (record_id, topic), 
	CONSTRAINT fk_record_topic_record_id_record FOREIGN KEY(record_id) REFERENCES record (id)
);
INSERT INTO "record_topic" VALUES(1,'digital-forensics');
INSERT INTO "record_topic" VALUES(1,'cybercrime');
INSERT INTO "record_topic" VALUES(2,'narcotics');
INSERT INTO "record_topic" VALUES(4,'human-trafficking');
INSERT INTO "record_topic" VALUES(5,'youth');
CREATE TABLE sign_in_attempt (
	id INTEGER NOT NULL, 
	account VARCHAR NOT NULL, 
	address VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_sign_in_attempt PRIMARY KEY (id)
);
INSERT INTO "sign_in_attempt" VALUES(1,'stranger@exchange.example','192.0.2.7','2026-11-20 09:00:00.000000');
CREATE TABLE space (
	id INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	description VARCHAR NOT NULL, 
	CONSTRAINT pk_space PRIMARY KEY (id), 
	CONSTRAINT uq_space_key UNIQUE ("key")
);
INSERT INTO "space" VALUES(1,'case','Case','restricted','');
CREATE TABLE space_member (
	space_id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	CONSTRAINT pk_space_member PRIMARY KEY (space_id, user_id), 
	CONSTRAINT fk_space_member_space_id_space FOREIGN KEY(space_id) REFERENCES space (id), 
	CONSTRAINT fk_space_member_user_id_user FOREIGN KEY(user_id) REFERENCES user (id)
);
INSERT INTO "space_member" VALUES(1,1);
INSERT INTO "space_member" VALUES(1,2);
CREATE TABLE synonym_set (
	id INTEGER NOT NULL, 
	terms JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by INTEGER, 
	CONSTRAINT pk_synonym_set PRIMARY KEY (id), 
	CONSTRAINT fk_synonym_set_created_by_user FOREIGN KEY(created_by) REFERENCES user (id)
);
INSERT INTO "synonym_set" VALUES(1,'["BWC", "body-worn camera"]','2026-11-20 09:00:00.000000',2);
CREATE TABLE user (
	id INTEGER NOT NULL, 
	email VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	rank VARCHAR NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	language VARCHAR NOT NULL, 
	password_hash VARCHAR NOT NULL, 
	is_active BOOLEAN NOT NULL, 
	is_verified BOOLEAN NOT NULL, 
	session_epoch INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	last_seen_at DATETIME, 
	CONSTRAINT pk_user PRIMARY KEY (id), 
	CONSTRAINT fk_user_organisation_id_organisation FOREIGN KEY(organisation_id) REFERENCES organisation (id), 
	CONSTRAINT uq_user_email UNIQUE (email)
);
INSERT INTO "user" VALUES(1,'amina@exchange.example','Amina','',2,'en','$argon2id$v=19$m=8,t=1,p=1$KPRPC4M4yh88zFEEAF8dCA$Tnzh305aPoEatS63djgnFjNe8iYWmyVY64YE710IF7E',1,1,1,'2026-11-20 09:00:00.000000',NULL);
INSERT INTO "user" VALUES(2,'karim@exchange.example','Karim','',2,'en','$argon2id$v=19$m=8,t=1,p=1$KPRPC4M4yh88zFEEAF8dCA$Tnzh305aPoEatS63djgnFjNe8iYWmyVY64YE710IF7E',1,1,1,'2026-11-20 09:00:00.000000',NULL);
INSERT INTO "user" VALUES(3,'sadia@exchange.example','Sadia','',3,'en','$argon2id$v=19$m=8,t=1,p=1$KPRPC4M4yh88zFEEAF8dCA$Tnzh305aPoEatS63djgnFjNe8iYWmyVY64YE710IF7E',1,1,1,'2026-11-20 09:00:00.000000',NULL);
INSERT INTO "user" VALUES(4,'nadia@exchange.example','Nadia','',4,'en','$argon2id$v=19$m=8,t=1,p=1$KPRPC4M4yh88zFEEAF8dCA$Tnzh305aPoEatS63djgnFjNe8iYWmyVY64YE710IF7E',1,1,1,'2026-11-20 09:00:00.000000',NULL);
INSERT INTO "user" VALUES(5,'root@exchange.example','Root','',1,'en','$argon2id$v=19$m=8,t=1,p=1$KPRPC4M4yh88zFEEAF8dCA$Tnzh305aPoEatS63djgnFjNe8iYWmyVY64YE710IF7E',1,1,1,'2026-11-20 09:00:00.000000',NULL);
CREATE TABLE user_role (
	user_id INTEGER NOT NULL, 
	role VARCHAR NOT NULL, 
	CONSTRAINT pk_user_role PRIMARY KEY (user_id, role), 
	CONSTRAINT fk_user_role_user_id_user FOREIGN KEY(user_id) REFERENCES user (id)
);
INSERT INTO "user_role" VALUES(1,'officer');
INSERT INTO "user_role" VALUES(2,'librarian');
INSERT INTO "user_role" VALUES(3,'officer');
INSERT INTO "user_role" VALUES(4,'officer');
INSERT INTO "user_role" VALUES(5,'administrator');
CREATE INDEX ix_access_token_token ON access_token (token);
CREATE INDEX ix_audit_event_actor_id ON audit_event (actor_id);
CREATE INDEX ix_audit_event_at ON audit_event (at);
CREATE INDEX ix_dirty_mark_available_at ON dirty_mark (available_at);
CREATE INDEX ix_file_text_status ON file_text (status);
CREATE INDEX ix_sign_in_attempt_account ON sign_in_attempt (account);
CREATE INDEX ix_sign_in_attempt_address ON sign_in_attempt (address);
CREATE INDEX ix_sign_in_attempt_at ON sign_in_attempt (at);
CREATE INDEX ix_user_organisation_id ON user (organisation_id);
CREATE INDEX ix_follow_target ON follow (target);
CREATE INDEX ix_knowledge_request_asker_id ON knowledge_request (asker_id);
CREATE INDEX ix_knowledge_request_status ON knowledge_request (status);
CREATE INDEX ix_notice_created_at ON notice (created_at);
CREATE INDEX ix_notice_user_id ON notice (user_id);
CREATE INDEX ix_recent_search_user_id ON recent_search (user_id);
CREATE INDEX ix_record_author_id ON record (author_id);
CREATE INDEX ix_record_changed_at ON record (changed_at);
CREATE INDEX ix_record_kind ON record (kind);
CREATE INDEX ix_record_organisation_id ON record (organisation_id);
CREATE INDEX ix_record_published_at ON record (published_at);
CREATE INDEX ix_record_status ON record (status);
CREATE INDEX ix_attachment_record_id ON attachment (record_id);
CREATE INDEX ix_attachment_sha256 ON attachment (sha256);
CREATE INDEX ix_record_recipient_record_id ON record_recipient (record_id);
CREATE INDEX ix_record_tag_tag ON record_tag (tag);
CREATE INDEX ix_record_topic_topic ON record_topic (topic);
COMMIT;
